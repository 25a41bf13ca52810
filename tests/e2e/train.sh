# selvage train from outside: the same weights on any number of threads, signals, exit codes, what a finished run says.
. "$(dirname "$0")/../support/e2e.sh"

small() { "$SELVAGE" train data.samples=128 batch_size=16 samples=2 "$@"; }
digest() { sha256sum <"$1/weights/last.safetensors"; }
exits() { local code=$1; shift; "$@" >"$notes/out" 2>"$notes/err"; [ $? = "$code" ]; }

for threads in 1 2 3 5; do small epochs=2 --out threads$threads --threads $threads >"$notes/out" 2>&1; done
for threads in 2 3 5; do check "threads 1 and $threads: the same weights" [ "$(digest threads1)" = "$(digest threads$threads)" ]; done
check "the table's digest is sha256sum's" grep -q "$(digest threads5 | cut -c 1-64)" "$notes/out"
check "a line per epoch" [ "$(grep -c '^epoch ' "$notes/out")" = 2 ]
check "no carriage returns in a pipe" [ "$(grep -c $'\r' "$notes/out")" = 0 ]
for file in config.json metrics.csv steps.csv layers.csv report.html weights/last.safetensors weights/best.safetensors checkpoint.safetensors artifacts.json \
    samples/last.png run.json; do check "the run folder has $file" [ -s "threads1/$file" ]; done
check "steps.csv: a row per step" [ "$(wc -l <threads1/steps.csv)" = $((1 + 2 * 7)) ]
check "nothing half-written" [ -z "$(find . -name '.*.tmp-*')" ]

check "a finished run has nothing to do" exits 0 small epochs=2 --out threads1 --resume
check "and says so" grep -q 'nothing to do' "$notes/out"
check "without CONFIG, --resume takes the run's own" exits 0 "$SELVAGE" train --out threads1 --resume
check "another config is refused" exits 2 small epochs=2 seed=1 --out threads1 --resume
check "and its key is named" grep -q 'seed' "$notes/err"

# A warm start is a new run: other weights to begin with, step 0, a fresh optimizer. --resume continues one, and needs no file again.
cp threads1/weights/best.safetensors start.safetensors
check "init.weights starts a new run" exits 0 small epochs=2 init.weights=start.safetensors --out warm
check "and says so" grep -q 'note: a new run from the weights in .*start.safetensors: step 0, a fresh optimizer' "$notes/err"
check "its steps begin at 1" [ "$(sed -n 2p warm/steps.csv | cut -d, -f1)" = 1 ]
initial() { sed -n 's/.*"initial_weights": "\(.*\)",/\1/p' "$1/run.json"; }
small epochs=3 init.weights=start.safetensors --out warm3 >"$notes/out" 2>&1
mv start.safetensors moved.safetensors
check "--resume continues it without the file" exits 0 small epochs=3 init.weights=start.safetensors --out warm --resume
check "as if it had never stopped" [ "$(digest warm)" = "$(digest warm3)" ]
check "its initial weights are still those of the file" [ -n "$(initial warm)" -a "$(initial warm)" = "$(initial warm3)" ]
check "--resume with other init.weights is refused" exits 2 small epochs=3 init.weights=moved.safetensors --out warm --resume
check "with the words for both" grep -q 'init.weights.*--resume continues a run.*init.weights starts a new one' "$notes/err"
check "a run is no file of weights" exits 2 small init.weights=threads1 --out warm4
check "but has one" grep -q 'weights/best.safetensors' "$notes/err"

# A long run, stopped by each signal: it holds the weights of one that was to end at that step.
for signal in INT TERM; do
    (exec "$SELVAGE" train data.samples=128 batch_size=16 samples=2 epochs=500 --out stopped$signal) >"$notes/out" 2>"$notes/err" &
    job=$!
    for i in $(seq 100); do [ -s stopped$signal/metrics.csv ] && break; sleep 0.1; done
    kill -$signal $job
    wait $job
    check "SIG$signal: exit 1" [ $? = 1 ]
    check "SIG$signal: one line that says how to go on" [ "$(grep -c 'continue with --resume' "$notes/err") $(wc -l <"$notes/err")" = "1 1" ]
    check "SIG$signal: a checkpoint" [ -s stopped$signal/checkpoint.safetensors ]
    steps=$(($(wc -l <stopped$signal/steps.csv) - 1))
    small epochs=500 max_steps=$steps --out twin$signal >"$notes/out" 2>&1
    check "SIG$signal: the weights of that step" [ "$(digest stopped$signal)" = "$(digest twin$signal)" ]
done
