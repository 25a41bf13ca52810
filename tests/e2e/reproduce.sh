# selvage reproduce: identical, or the first step, layer and tensor that differ; data digests are checked before training, here
# and where a run is resumed.
. "$(dirname "$0")/../support/e2e.sh"

cat >model.json <<'END'
{ "name": "small", "input": {"shape": [8, 8, 1]},
  "layers": [
    {"type": "Conv2D", "name": "enc", "filters": 4, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu"},
    {"type": "BatchNormalization", "name": "norm"},
    {"type": "Conv2DTranspose", "name": "dec", "filters": 1, "kernel_size": 4, "strides": 2, "padding": "same"} ] }
END
{ be32 2051; be32 48; be32 8; be32 8; noise 3072; } >data.idx
cat >config.json <<'END'
{ "model": "model.json", "seed": 1, "data": {"source": "idx", "path": "data.idx", "validation_split": 0.25}, "batch_size": 4, "epochs": 3,
  "samples": 2, "optimizer": "adam" }
END
exits() { local code=$1; shift; "$@" >"$notes/out" 2>"$notes/err"; [ $? = "$code" ]; }
says() { if grep -q -e "$2" "$notes/$3"; then ok "$1"; else not_ok "$1" "no '$2' in: $(cat "$notes/$3")"; fi; }
reproduce() { TMPDIR=$notes "$SELVAGE" reproduce "$@"; }
change() { rm -rf "$1"; cp -r run "$1"; }

check "a run" exits 0 "$SELVAGE" train config.json --out run
check "digests.csv: step 0, steps 1 to 20 and the ends of the epochs" \
    [ "$(cut -d, -f1 run/digests.csv | tr '\n' ' ')" = "step 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 27 " ]
check "digests.csv: every tensor" [ "$(head -1 run/digests.csv)" = "step,enc/kernel,enc/bias,norm/gamma,norm/beta,norm/moving_mean,norm/moving_variance,dec/kernel,dec/bias" ]
check "reproduced" exits 0 reproduce run
says "says identical" '^identical: run, 27 steps' out
check "on another number of threads" exits 0 reproduce run --threads 3
check "nothing stays behind" [ -z "$(find "$notes" -name 'selvage-*')" ]
check "kept with --out" exits 0 reproduce run --out kept
check "is the same run" cmp run/checkpoint.safetensors kept/checkpoint.safetensors
check "a folder that holds something is refused" exits 2 reproduce run --out kept
mkdir elsewhere && cp -r run elsewhere/moved
check "the run folder alone is enough" exits 0 reproduce elsewhere/moved
(exec "$SELVAGE" train config.json epochs=400 checkpoint.every_steps=2 --out stopped) >"$notes/out" 2>&1 &
job=$!
for i in $(seq 100); do [ -s stopped/checkpoint.safetensors ] && break; sleep 0.05; done
kill -9 $job
wait $job 2>/dev/null
check "a run without an end" exits 2 reproduce stopped
says "is told how to go on" 'no run.json.*--resume' err

# --- what differs is named
change seed && sed -i 's/"seed": 1,/"seed": 2,/' seed/config.json
check "another seed: exit 1" exits 1 reproduce seed
says "the initial weights" '^first difference: the initial weights' out
says "the first layer and tensor" '^first layer and tensor: enc, tensor enc/kernel and 1 more of 8' out
says "the seed" 'seed: 1 in the run, 2 now' out
says "the config" 'config.json: changed after the run' out
change backend && sed -i 's/"backend": "native"/"backend": "blas"/' backend/config.json
if reproduce backend >"$notes/out" 2>"$notes/err"; then ok "another backend: the same bits here"
else says "another backend: the first step" '^first difference: step [0-9]* of 27' out; fi
says "the backend" 'backend: native in the run, blas now' out
change rate && sed -i 's/"learning_rate": 0.001/"learning_rate": 0.002/' rate/config.json
check "another learning rate: exit 1" exits 1 reproduce rate
says "the first step" '^first difference: step 1 of 27: learning_rate' out
says "its first tensor" 'tensor enc/kernel' out
change weights && printf 'A' | dd of=weights/weights/last.safetensors bs=1 seek=$(($(wc -c <run/weights/last.safetensors) - 1)) conv=notrunc 2>/dev/null
check "changed weights: exit 1" exits 1 reproduce weights
says "the file" 'weights/last.safetensors: changed after the run' out
says "the tensor" 'weights/last.safetensors: dec/bias differs, one of 8' out
change late && sed -i '15s/,[0-9a-f]*$/,0123456789abcdef/' late/digests.csv
check "a digest: exit 1" exits 1 reproduce late
says "step and tensor" '^first layer and tensor: dec, tensor dec/bias of 8' out
says "of the loss that did not tell" '^first difference: step 13 of 27' out
change missing && sed -i '$d' missing/steps.csv
check "a missing row: exit 1" exits 1 reproduce missing
says "is named" 'step 27 of 27: the run has no such row' out

# --- the data's digest, before training
cp data.idx kept.idx
printf 'A' | dd of=data.idx bs=1 seek=100 conv=notrunc 2>/dev/null
check "changed data: exit 1" exits 1 reproduce run
says "the digest and the file" 'data digest differs.*data.idx.*the run in run' err
check "before training" [ "$(grep -c '^epoch' "$notes/out")" = 0 ]
"$SELVAGE" train config.json epochs=6 --out run --resume >"$notes/out" 2>"$notes/err"
check "resumed on changed data: exit 1" [ $? = 1 ]
says "likewise" 'data digest differs.*data.idx' err
rm data.idx
check "no data: exit 1" exits 1 reproduce run
says "the file that is missing" 'data.idx' err
mv kept.idx data.idx
check "a resumed run" exits 0 "$SELVAGE" train config.json epochs=4 --out run --resume
check "is reproduced too" exits 0 reproduce run
check "no run folder" exits 2 reproduce elsewhere
check "a run folder is needed" exits 2 reproduce
