#!/bin/bash
# A run killed with SIGKILL at a random moment and resumed leaves the same bytes as one that was not; 20 times, some killed twice;
# 6 times where the program is instrumented. SEED=n repeats the moments.
. "$(dirname "$0")/../support/e2e.sh"
selvage=$SELVAGE work=$scratch times=20
if instrumented; then times=6; fi
bad=0
RANDOM=${SEED:=$$}
echo "seed $SEED"

# Checkpoints every second step, so that many kills fall into the writing of files. Becomes the program: call it in a subshell.
train() {
    exec "$selvage" train data.samples=256 batch_size=32 epochs=3 checkpoint.every_steps=2 samples=2 \
        'early_stopping={"patience": 1, "monitor": "border_interior_ratio", "restore_best_weights": true}' --out "$@" >"$work/log" 2>&1
}

# Digests of all that must not differ: everything but run.json, which holds the time. A leftover temporary would show.
digests() {
    (cd "$1" && find . -type f ! -name run.json | LC_ALL=C sort | xargs sha256sum)
}

# Kills the run after a random part of the time that a whole one takes.
kill_somewhere() {
    local moment
    moment=$(awk -v part=$RANDOM -v whole="$whole" 'BEGIN { printf "%.3f", whole * part / 32768 }')
    train "$@" &
    local job=$!
    sleep "$moment"
    kill -9 $job 2>/dev/null
    wait $job 2>/dev/null
}

start=$(date +%s.%N)
(train "$work/whole") || { cat "$work/log"; echo "not ok a whole run"; exit 1; }
whole=$(awk -v a="$start" -v b="$(date +%s.%N)" 'BEGIN { print b - a }')
digests "$work/whole" >"$work/expected"

for i in $(seq $times); do
    run=$work/run$i
    kill_somewhere "$run" --resume
    [ $((i % 4)) = 0 ] && kill_somewhere "$run" --resume
    if (train "$run" --resume) && digests "$run" | diff - "$work/expected" >"$work/difference"; then
        echo "ok killed and resumed, $i"
    else
        echo "not ok killed and resumed, $i"
        cat "$work/log" "$work/difference"
        bad=1
    fi
    rm -rf "$run"
done
exit $bad
