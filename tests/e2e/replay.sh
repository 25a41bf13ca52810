# A run of PyTorch is replayed from its seed: the same weights, the same batches, 200 updates of Adam; losses side by side. With a
# CSV of step and loss from tests/golden/make_replay.py and the IDX file it was made on, those instead: replay.sh own.csv IMAGES.gz
own=$(readlink -f "${1:-/dev/null}") images=$(readlink -f "${2:-/dev/null}")
. "$(dirname "$0")/../support/e2e.sh"

# The largest relative difference between the losses of two CSVs, and how many steps they share.
largest_difference() {
    awk -F, 'FNR == 1 { next } NR == FNR { loss[$1] = $2; next } $1 in loss { n++; d = ($2 - loss[$1]) / loss[$1]; if (d < 0) d = -d; if (d > most) most = d }
             END { printf "%d %.3g\n", n, most }' "$1" "$2"
}

# replay NAME LOSSES OVERRIDE...
replay() {
    local name=$1 losses=$2 steps most
    shift 2
    if ! "$SELVAGE" train "$root/tests/golden/replay.json" --out run "$@" >"$notes/out" 2>&1; then
        not_ok "$name" "$(head -1 "$notes/out")"
        return
    fi
    read -r steps most < <(largest_difference "$losses" run/steps.csv)
    if [ "$steps" = 200 ] && awk -v d="$most" 'BEGIN { exit !(d < 1e-5) }'; then ok "$name: $steps steps, largest relative difference $most"
    else not_ok "$name" "$steps steps, largest relative difference $most"; fi
    rm -rf run
}

if [ "$own" != /dev/null ]; then
    replay "PyTorch's run replayed" "$own" "data.path=$images" 'model.input.shape=[28,28,1]'
    exit
fi
replay "PyTorch's run replayed" "$root/tests/golden/replay.csv"
replay "replayed by the native backend" "$root/tests/golden/replay.csv" backend=native

# Ended after 4 epochs and continued to 7: the orders of the later ones are found without the earlier.
long=("$SELVAGE" train "$root/tests/golden/replay.json" max_steps=0 --out)
"${long[@]}" whole epochs=7 >"$notes/out" 2>&1
"${long[@]}" parts epochs=4 >"$notes/out" 2>&1
"${long[@]}" parts epochs=7 --resume >"$notes/out" 2>&1
check "a resumed replay goes on with the same order" cmp -s whole/steps.csv parts/steps.csv
check "and ends with the same weights" cmp -s whole/weights/last.safetensors parts/weights/last.safetensors
