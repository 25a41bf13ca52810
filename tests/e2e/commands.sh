# The commands one after another, as a user goes: explain, init, train, predict, gradients, evaluate, artifacts, bench, ops.
. "$(dirname "$0")/../support/e2e.sh"

cat >model.json <<'END'
{ "name": "small", "input": {"shape": [8, 8, 1]},
  "layers": [
    {"type": "Conv2D", "name": "enc", "filters": 4, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu"},
    {"type": "BatchNormalization", "name": "norm"},
    {"type": "Conv2DTranspose", "name": "dec", "filters": 1, "kernel_size": 4, "strides": 2, "padding": "same", "activation": "sigmoid"} ],
  "latent": "enc" }
END
cat >config.json <<'END'
{ "model": "model.json", "seed": 1, "data": {"source": "synthetic", "samples": 40, "validation_split": 0.2}, "batch_size": 8, "epochs": 2,
  "loss": [{"type": "mse"}, {"type": "mae", "weight": 0.5}] }
END
sha() { sha256sum "$1" | cut -c 1-64; }
# does NAME COMMAND...: exits 0 and says nothing on standard error. Its output: $notes/out.
does() {
    local name=$1
    shift
    "$SELVAGE" "$@" >"$notes/out" 2>"$notes/err"
    local code=$?
    if [ $code = 0 ] && [ ! -s "$notes/err" ]; then ok "$name"; else not_ok "$name" "exit $code: $(cat "$notes/err")"; fi
}
says() { if grep -q -e "$2" "$notes/out"; then ok "$1"; else not_ok "$1" "no '$2' in: $(cat "$notes/out")"; fi; }

# --- explain
does "explain" explain model.json
says "explain: the padding that same resolves to" 'enc .*pad 0,1 / 0,1'
says "explain: the crop of a transposed layer" 'dec .*crop 1,1 / 1,1'
says "explain: parameters" 'enc .* 40 '
does "explain a config as JSON" explain config.json --json
says "explain --json: padding" '"name": "enc".*"padding": \[\[0,1\],\[0,1\]\]'
does "explain another input" explain model.json --input 12x16x1
says "explain --input" 'dec .*\[12,16,1\]'
sed 's/"kernel_size": 4, "strides": 2/"kernel_size": 1, "strides": 2/' model.json >holes.json
"$SELVAGE" explain holes.json >"$notes/out" 2>&1
check "explain exits 1 where a lint is an error" [ $? = 1 ]
says "explain: pixels that are never written" 'error A2'

# --- init
does "init" init model.json --output a.safetensors --seed 5
says "init: the table" 'enc/kernel .*\[3,3,1,4\].*glorot_uniform'
says "init: the rms of the first layer, and its gain" '^enc/kernel .* [0-9.]* *[0-9.]* *[0-9.]*$'
does "init again" init model.json --output b.safetensors --seed 5
does "init with another seed" init model.json --output c.safetensors --seed 6
check "init: the same seed, the same bytes" [ "$(sha a.safetensors)" = "$(sha b.safetensors)" ]
check "init: another seed, other bytes" [ "$(sha a.safetensors)" != "$(sha c.safetensors)" ]
does "init of a config takes its seed" init config.json --output d.safetensors --json
does "init of the model with that seed" init model.json --output e.safetensors --seed 1
check "init: the config's seed" [ "$(sha d.safetensors)" = "$(sha e.safetensors)" ]
cat >chain.json <<'JSON'
{"input": {"shape": [16, 16, 4]}, "layers": [
  {"type": "Conv2D", "name": "kept", "filters": 8, "kernel_size": 3, "activation": "relu", "kernel_initializer": "he_normal"},
  {"type": "Conv2D", "name": "loud", "filters": 8, "kernel_size": 3, "kernel_initializer": {"type": "random_normal", "stddev": 1}},
  {"type": "Conv2D", "name": "faint", "filters": 8, "kernel_size": 3, "kernel_initializer": {"type": "random_normal", "stddev": 0.01}},
  {"type": "Conv2D", "name": "silent", "filters": 8, "kernel_size": 3, "kernel_initializer": "zeros"},
  {"type": "Conv2D", "name": "after", "filters": 1, "kernel_size": 3}]}
JSON
does "init of layers that explode and die" init chain.json --output chain.safetensors
says "init: warns of what explodes" '^warning: loud explodes: its values are [0-9.]* times'
says "init: warns of what dies" '^warning: faint dies: its values are 0.0[0-9]* times'
says "init: warns of silence" '^warning: silent dies: its values are 0 times'
check "init: warns of nothing else" [ "$(grep -c '^warning' "$notes/out")" = 3 ]
does "init as JSON" init chain.json --output chain.safetensors --json
says "init: expected and drawn rms in JSON" '"name": "kept/kernel".*"expected_rms": [0-9.]*, "drawn_rms": [0-9.]*, "gain": [01]'
says "init: warnings in JSON" '"warnings": \["loud explodes.*faint dies.*silent dies'
for rng in keras torch; do
    does "init as $rng" init model.json --output "$rng.safetensors" --rng $rng --seed 5
    check "init: $rng draws other numbers" [ "$(sha $rng.safetensors)" != "$(sha a.safetensors)" ]
done
does "init with a negative seed" init model.json --output n.safetensors --rng torch --seed -1
does "init with 2^32 - 1" init model.json --output p.safetensors --rng torch --seed 4294967295
check "init: PyTorch keeps the low 32 bits" [ "$(sha n.safetensors)" = "$(sha p.safetensors)" ]

# --- train
does "train" train config.json --out run --threads 1
does "train on three threads" train config.json --out run3 --threads 3
check "train: the same bytes on any number of threads" [ "$(sha run/weights/last.safetensors)" = "$(sha run3/weights/last.safetensors)" ]
check "train: a row of steps.csv per step" [ "$(wc -l <run/steps.csv)" = 9 ]
does "train with overrides" train config.json epochs=1 model.layers.enc.filters=2 --out small
does "explain what was trained" explain small
says "override of a layer by name" 'enc .*\[4,4,2\]'

# --- predict: 5 rows as float32, the same as uint8
npy '|u1' '5, 8, 8, 1' 0 >bytes.npy
noise 320 >rows
cat rows >>bytes.npy
does "predict of uint8" predict model.json --weights a.safetensors --input bytes.npy --output y.npy --threads 1
check "predict: header and rows" [ "$(stat -c %s y.npy)" = $((128 + 5 * 64 * 4)) ]
does "predict on two threads" predict model.json --weights a.safetensors --input bytes.npy --output y2.npy --threads 2
check "predict: the same bytes on any number of threads" cmp -s y.npy y2.npy
does "predict by a weights file that holds its model" predict a.safetensors --input bytes.npy --output y4.npy
check "predict: the weights' own model" cmp -s y.npy y4.npy
does "predict by a run folder" predict run --input bytes.npy --output y5.npy
does "predict by its best weights" predict model.json --weights run/weights/best.safetensors --input bytes.npy --output y6.npy
check "predict: a run's weights are its best" cmp -s y5.npy y6.npy
before=$(sha a.safetensors)
does "predict as in training" predict model.json --weights a.safetensors --input bytes.npy --output t.npy --training
check "predict --training: statistics of the batch" [ "$(sha t.npy)" != "$(sha y.npy)" ]
check "predict --training updates nothing" [ "$(sha a.safetensors)" = "$before" ]
does "predict a layer" predict model.json --weights a.safetensors --input bytes.npy --output enc.npy --layer enc
check "predict --layer: its shape" [ "$(stat -c %s enc.npy)" = $((128 + 5 * 4 * 4 * 4 * 4)) ]
does "predict to pictures" predict model.json --weights a.safetensors --input bytes.npy --output pictures
check "predict: a picture a sample" [ "$(echo pictures/*)" = "pictures/00000.png pictures/00001.png pictures/00002.png pictures/00003.png pictures/00004.png" ]
mkdir -p pictures/deep && mv pictures/00003.png pictures/deep/
does "predict a folder of pictures" predict model.json --weights a.safetensors --input pictures --output again
check "predict: names are kept" [ "$(cd again && find . -name '*.png' | sort | tr '\n' ' ')" = "./00000.png ./00001.png ./00002.png ./00004.png ./deep/00003.png " ]
does "predict one picture" predict model.json --weights a.safetensors --input pictures/00001.png --output one.npy
check "predict: one picture is one row" [ "$(stat -c %s one.npy)" = $((128 + 64 * 4)) ]
does "predict feature maps" predict model.json --weights a.safetensors --input pictures/00001.png --output maps --layer enc
check "predict --layer to a folder: one picture" [ "$(echo maps/*)" = "maps/00001.png" ]

# --- gradients
does "gradients of a loss" gradients model.json --weights a.safetensors --input bytes.npy --loss mse --target y.npy --output g.safetensors
says "gradients: no error, no loss" '^loss 0$'
does "gradients: upstream" gradients model.json --weights a.safetensors --input bytes.npy --upstream y.npy --output v.safetensors
check "gradients: a tensor per trainable weight" [ "$(head -c 2000 v.safetensors | LC_ALL=C grep -a -o '"[a-z_]*/[a-z_]*":\|"input":' | tr -d '":\n')" = \
    "inputenc/kernelenc/biasnorm/gammanorm/betadec/kerneldec/bias" ]

# --- evaluate, bench, ops
does "evaluate" evaluate run
says "evaluate: the held-out samples" '^8 samples'
does "evaluate as JSON" evaluate run --json
says "evaluate --json: each loss" '"losses": \[{"type": "mse", "value": [0-9.e-]*}, {"type": "mae", "value": [0-9.e-]*}\]'
says "evaluate --json: the measures" '"border_interior_ratio"'
for key in paired_crop_ratio sensitivity_depth dc_response content_standardised_ratio harmonic_peak_ratio; do
    says "evaluate --json: $key" "\"$key\""
    check "artifacts.json: $key" grep -q "\"$key\"" run/artifacts.json
done
depth() { sed -n "s/.*\"$1\": \({[^}]*}\).*/\1/p" "$notes/out"; }
check "evaluate --json: the output changes as deep as the architecture says" [ "$(depth sensitivity_depth)" = "$(depth border_depth)" ]
loss=$(sed -n 's/^  "loss": \([0-9.e-]*\),/\1/p' "$notes/out")
best=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "val_loss") c = i } NR > 1 && (!n++ || $c < b) { b = $c } END { print b }' run/metrics.csv)
check "evaluate: the loss of the best epoch in metrics.csv" awk -v a="$loss" -v b="$best" 'BEGIN { exit !(a - b < 1e-6 * b && b - a < 1e-6 * b) }'
does "evaluate within a margin" evaluate run --json --crop-margin 1
says "evaluate --crop-margin: says so" '"crop_margin": 1,'
check "evaluate --crop-margin: depths are that much less" [ "$(depth border_depth)" = '{"top": 0, "bottom": 2, "left": 0, "right": 2}' ]
check "evaluate --crop-margin: not the sensitivity" [ "$(depth sensitivity_depth)" = '{"top": 1, "bottom": 3, "left": 1, "right": 3}' ]
check "evaluate --crop-margin: the loss is the same" [ "$(sed -n 's/^  "loss": \([0-9.e-]*\),/\1/p' "$notes/out")" = "$loss" ]
refuses() {
    "$SELVAGE" "${@:3}" >"$notes/out" 2>"$notes/err"
    check "$1: exit 2" [ $? = 2 ]
    check "$1: one line" [ "$(cat "$notes/err")" = "selvage: $2" ]
}
refuses "a margin that leaves nothing" "--crop-margin: expected less than half of 8 pixels, got 4" evaluate run --crop-margin 4
does "train with a margin" train config.json epochs=1 evaluation.crop_margin=1 --out within
check "artifacts.json: the margin" grep -q '"crop_margin": 1,' within/artifacts.json
does "evaluate the run's own margin" evaluate within --json
says "evaluate: it is the run's" '"crop_margin": 1,'
does "evaluate without it" evaluate within --json --crop-margin 0
says "evaluate: none" '"crop_margin": 0,'
refuses "a config's margin that leaves nothing" "config.json: evaluation.crop_margin: expected less than half of 8 pixels, got 4" \
    train config.json evaluation.crop_margin=4 --out nowhere
does "evaluate on an array" evaluate run --data bytes.npy
says "evaluate --data: all of it" '^5 samples'
does "evaluate on a folder" evaluate run --data pictures
does "evaluate on JSON" evaluate run --data '{"source": "synthetic", "samples": 7}'
says "evaluate --data JSON" '^7 samples'
does "evaluate a weights file" evaluate run/weights/last.safetensors --data bytes.npy

# --- artifacts
does "artifacts" artifacts --target bytes.npy --reconstruction y.npy --stride 2 --depth 1,2,1,2
says "artifacts: the ratio with its caveat" 'border/interior ratio .*Misleading'
does "artifacts as JSON, any number of threads" artifacts --target bytes.npy --reconstruction y.npy --stride 2 --depth 1,2,1,2 --json --threads 1
sha "$notes/out" >"$notes/one"
does "artifacts as JSON again" artifacts --target bytes.npy --reconstruction y.npy --stride 2,2 --depth 1,2,1,2 --json --threads 3
check "artifacts: the same on any number of threads" [ "$(sha "$notes/out")" = "$(cat "$notes/one")" ]
says "artifacts --json: a checkerboard period" '"checkerboard": {"2": {"amplitude": '
does "artifacts within a margin" artifacts --target bytes.npy --reconstruction y.npy --stride 2 --depth 1,2,1,2 --json --crop-margin 2
says "artifacts --crop-margin: nothing left of the depth" '"border_depth": {"top": 0, "bottom": 0, "left": 0, "right": 0}'
refuses "artifacts: a margin that leaves nothing" "--crop-margin: expected less than half of 8 pixels, got 4" \
    artifacts --target bytes.npy --reconstruction y.npy --crop-margin 4
does "predict to a folder" predict run --input pictures --output drawn
does "artifacts of folders" artifacts --target pictures --reconstruction drawn --stride 2 --depth 2
does "artifacts of a folder and itself" artifacts --target pictures --reconstruction pictures --json
says "artifacts: no error, no PSNR" '"psnr": {"all": null'
mkdir -p fewer && cp -r drawn/. fewer && rm "fewer/$(cd fewer && find . -name '*.png' | sed 's|^./||' | LC_ALL=C sort | tail -1)"
"$SELVAGE" artifacts --target pictures --reconstruction fewer >"$notes/out" 2>"$notes/err"
check "artifacts: a picture without counterpart: exit 1" [ $? = 1 ]
check "artifacts: names it" grep -q '^selvage: --reconstruction: fewer holds no image for .* of pictures' "$notes/err"

does "bench" bench config.json --steps 3 --threads 1
says "bench: images per second" 'images/s'
does "bench as JSON" bench config.json --steps 3 --json
says "bench --json" '"images_per_second": [0-9.e+]*, .*"layers": \[{"name": "enc"'
does "bench of primitives" bench config.json --steps 2 --primitives --input-gradient
says "bench --primitives" 'one thread, GFLOP/s'
does "bench of forward passes" bench config.json --steps 2 --forward --primitives --json
says "bench --forward --json" '"weight_gradient_gflops": [0-9.e+]*'
check "bench leaves no run behind" [ ! -e runs ]
does "ops" ops
says "ops: an operator" 'Conv2DTranspose'
for form in --json --markdown "--schema model" "--schema config"; do
    does "ops $form" ops $form
    check "ops $form prints something" [ -s "$notes/out" ]
done
for command in train explain init predict gradients evaluate artifacts bench ops; do
    does "$command --help" $command --help
    says "$command --help: synopsis" "^selvage $command"
done
does "--version" --version
says "--version: a number" '^selvage [0-9]*\.[0-9]*\.[0-9]*$'
