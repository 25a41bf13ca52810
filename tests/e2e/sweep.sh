# selvage sweep: grids and lists, checks before the first run, parallel or not the same bytes, 30 kills, Ctrl-C, divergence.
. "$(dirname "$0")/../support/e2e.sh"

cat >model.json <<'END'
{ "name": "small", "input": {"shape": [8, 8, 1]},
  "layers": [
    {"type": "Conv2D", "name": "enc", "filters": 4, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu"},
    {"type": "Conv2DTranspose", "name": "dec", "filters": 1, "kernel_size": 4, "strides": 2, "padding": "same"} ] }
END
cat >config.json <<'END'
{ "model": "model.json", "data": {"source": "synthetic", "samples": 40, "validation_split": 0.2}, "batch_size": 8, "epochs": 2, "samples": 2, "optimizer": "adam" }
END
exits() { local code=$1; shift; "$@" >"$notes/out" 2>"$notes/err"; [ $? = "$code" ]; }
sweep() { "$SELVAGE" sweep "$@"; }
# Digests of all that must not differ: everything but run.json, which holds the time.
digests() { (cd "$1" && find . -type f ! -name run.json | LC_ALL=C sort | xargs sha256sum); }
says() { if grep -q -e "$2" "$notes/$3"; then ok "$1"; else not_ok "$1" "no '$2' in: $(cat "$notes/$3")"; fi; }

# --- a grid
check "a grid" exits 0 sweep config.json optimizer.learning_rate=1e-3,0.01 seed=1,2,3 --out whole
says "the table" '^0.01 .* 3 .*+-' out
check "a folder for each run" [ "$(ls -d whole/*/ | wc -l)" = 6 ]
check "named after its values" [ -s whole/learning_rate-0.001_seed-2/weights/last.safetensors ]
check "no carriage returns in a pipe" [ "$(grep -c $'\r' "$notes/out")" = 0 ]
check "table.csv: a row per setting" [ "$(wc -l <whole/table.csv)" = 3 ]
# Mean and standard deviation by hand, from the runs' own tables.
expected=$(for s in 1 2 3; do tail -1 "whole/learning_rate-0.01_seed-$s/metrics.csv" | cut -d, -f4; done |
    awk '{ v[NR] = $1; m += $1 / 3 } END { for (i in v) s += (v[i] - m) ^ 2; printf "%.6g %.6g", m, sqrt(s / 2) }')
found=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i } $3 == "0.01" { printf "%.6g %.6g", $c["val_loss"], $c["val_loss_sd"] }' whole/table.csv)
check "mean and standard deviation" [ "$expected" = "$found" ]
"$SELVAGE" train config.json optimizer.learning_rate=0.01 seed=3 --out alone >"$notes/out" 2>&1
check "a run is what train makes" [ "$(digests alone)" = "$(digests whole/learning_rate-0.01_seed-3)" ]
check "one run after another" exits 0 sweep config.json optimizer.learning_rate=1e-3,0.01 seed=1,2,3 --out serial --jobs 1 --threads 3
check "gives the same bytes" [ "$(digests whole)" = "$(digests serial)" ]
check "again: nothing to do" exits 0 sweep config.json optimizer.learning_rate=1e-3,0.01 seed=1,2,3 --out serial
check "and the same bytes" [ "$(digests whole)" = "$(digests serial)" ]
check "sweep.json is a sweep file" exits 0 sweep whole/sweep.json --out again
check "of the same sweep" [ "$(cat whole/table.csv)" = "$(cat again/table.csv)" ]
check "one more seed" exits 0 sweep config.json optimizer.learning_rate=1e-3,0.01 seed=1,2,3,4 --out again
check "trains that alone" [ "$(grep -c '^[0-9]/8 ' "$notes/out")" = 2 ]

# --- a sweep file: a list, and a grid
mkdir sweeps
cat >sweeps/list.json <<'END'
{ "config": "../config.json", "set": {"epochs": 1},
  "list": [ {"name": "plain"}, {"name": "he", "model.layers.*.kernel_initializer": {"type": "he_normal", "fan": "true"}} ],
  "grid": {"seed": [1, 2]} }
END
check "a sweep file" exits 0 sweep sweeps/list.json --out list
check "its runs" [ "$(ls -d list/*/ | tr '\n' ' ')" = "list/he_seed-1/ list/he_seed-2/ list/plain_seed-1/ list/plain_seed-2/ " ]
check "* reaches every layer" [ "$(grep -c '"he_normal"' list/he_seed-1/config.json)" = 2 ]
check "the command line's values go first" exits 0 sweep sweeps/list.json seed=7 --out list7
check "so there are two runs" [ "$(ls -d list7/*/ | wc -l)" = 2 ]
check "losses that differ are ordered by mse" exits 0 sweep config.json epochs=1 loss=mse,mae seed=1,2 --out losses
says "by val_mse" '^loss .* val_mse ' out
check "another order" exits 0 sweep config.json epochs=1 loss=mse,mae seed=1,2 --out losses --by val_ssim
says "by val_ssim" '^loss .* val_ssim ' out

# --- what is wrong is said before anything is trained
refused() {
    local name=$1 words=$2
    shift 2
    check "$name: exit 2" exits 2 sweep "$@" --out refused
    says "$name: named" "$words" err
    check "$name: nothing made" [ ! -e refused ]
}
refused "wrong type in one combination" 'epochs-many.*epochs.*integer' config.json epochs=1,many seed=1,2
refused "unknown key" 'optimiser' config.json optimiser.learning_rate=1,2
refused "impossible shape in one combination" 'filters-2.*\[8,8,2\]' config.json model.layers.dec.filters=1,2
refused "impossible initializer in one combination" 'icnr.*dec/kernel' config.json model.layers.dec.kernel_size=3 model.layers.dec.kernel_initializer=bilinear,icnr
refused "a value twice" 'learning_rate-0.001.*once' config.json optimizer.learning_rate=1e-3,0.001
refused "an open bracket" 'bracket' config.json 'loss=[mse,mae'
refused "an empty value" 'empty' config.json seed=1,,2
refused "unknown key of a sweep file" 'gird.*grid' <(echo '{"config": "config.json", "gird": {}}')
check "a folder of something else" exits 2 sweep config.json seed=1,2 --out sweeps
check "a run of another config" exits 2 sweep config.json batch_size=4 optimizer.learning_rate=1e-3,0.01 seed=1,2,3 --out whole
says "names run and key" 'learning_rate-0.001_seed-1.*batch_size' err
check "an unknown measure" exits 2 sweep config.json optimizer.learning_rate=1e-3,0.01 seed=1,2,3 --out whole --by val_lose
says "and the nearest" 'val_loss' err

# --- divergence is a result; missing data is a failure
check "divergence" exits 0 sweep config.json optimizer=sgd optimizer.learning_rate=0.01,1e9 seed=1,2 --out diverging
says "is counted" '2 diverged' out
digests diverging >"$notes/diverging"
check "and not repeated" exits 0 sweep config.json optimizer=sgd optimizer.learning_rate=0.01,1e9 seed=1,2 --out diverging
says "when it goes on" '4 of them done before' out
check "the same table" [ "$(digests diverging)" = "$(cat "$notes/diverging")" ]
check "all diverge: exit 1" exits 1 sweep config.json optimizer=sgd optimizer.learning_rate=1e9 seed=1,2 --out hopeless
check "missing data: exit 1" exits 1 sweep config.json data.source=idx data.path=nowhere.idx seed=1,2 --out nodata
says "the run and the file" 'seed-[12].*nowhere.idx' err

# --- Ctrl-C
(exec "$SELVAGE" sweep config.json epochs=3000 optimizer.learning_rate=1e-3,0.01 seed=1,2,3 --out stopped) >"$notes/out" 2>"$notes/err" &
job=$!
for i in $(seq 100); do [ -s stopped/learning_rate-0.001_seed-1/metrics.csv ] && break; sleep 0.05; done
kill -INT $job
wait $job
check "SIGINT: exit 1" [ $? = 1 ]
check "SIGINT: one line that says how to go on" [ "$(grep -c 'same command goes on' "$notes/err") $(wc -l <"$notes/err")" = "1 1" ]
check "SIGINT: nothing half-written" [ -z "$(find stopped -name '.*.tmp-*')" ]

# --- 30 kills at random moments: ten sweeps of four runs, killed three times each. SEED=n repeats the moments.
RANDOM=${SEED:=$$}
echo "seed $SEED"
long() { exec "$SELVAGE" sweep config.json checkpoint.every_steps=3 epochs=3 optimizer.learning_rate=1e-3,0.01 seed=1,2 --out "$@" >"$notes/log" 2>&1; }
start=$(date +%s.%N)
(long expected)
length=$(awk -v a="$start" -v b="$(date +%s.%N)" 'BEGIN { print b - a }')
digests expected >"$notes/expected"
for i in $(seq 10); do
    for k in 1 2 3; do
        long killed &
        job=$!
        sleep "$(awk -v part=$RANDOM -v whole="$length" 'BEGIN { printf "%.3f", whole * part / 32768 / 2 }')"
        kill -9 $job 2>/dev/null
        wait $job 2>/dev/null
    done
    (long killed)
    if digests killed | diff - "$notes/expected" >"$notes/difference"; then ok "killed three times and continued, $i"
    else not_ok "killed three times and continued, $i" "$(cat "$notes/log" "$notes/difference")"; fi
    rm -rf killed
done
