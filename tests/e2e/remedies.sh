# Losses that weigh the border: the weights come from the model's own static analysis. The configurations of configs/remedies are sound.
. "$(dirname "$0")/../support/e2e.sh"

# Counts 1 1 2 1 2 1 2 1 along each axis: the first row and column have half the taps, weight 2; their corner 4, capped at 3. All
# errors are 1: 49 + 14 x 2 + 3 = 80; without the outermost pixel of each side 36.
cat >model.json <<'END_MODEL'
{ "name": "up", "input": {"shape": [4, 4, 1]},
  "layers": [{"type": "Conv2DTranspose", "filters": 1, "kernel_size": 3, "strides": 2, "padding": "same",
              "kernel_initializer": "zeros", "bias_initializer": "ones"}] }
END_MODEL
npy '<f4' '1, 4, 4, 1' 64 >x.npy
npy '<f4' '1, 8, 8, 1' 256 >t.npy
"$SELVAGE" init model.json --output w.safetensors >/dev/null
loss() {
    local said
    said=$("$SELVAGE" gradients model.json --weights w.safetensors --input x.npy --target t.npy --output d.safetensors --loss "$2" 2>&1)
    check "$1" test "$said" = "$3"
}
loss "border_weight: 1 / (1 - deficiency), capped" '{"type": "mse", "reduction": "sum", "border_weight": 3}' "loss 80"
loss "border_weight without a cap that matters" '{"type": "mae", "reduction": "sum", "border_weight": 100}' "loss 81"
loss "a weighted mean of ones is one" '{"type": "mse", "border_weight": 3}' "loss 1"
loss "crop_margin" '{"type": "mse", "reduction": "sum", "crop_margin": 1}' "loss 36"
# Of ones against zeros s is C1 / (1 + C1) everywhere, and a weighted mean of a constant that constant.
loss "ssim: crop_margin" '{"type": "ssim", "crop_margin": 1}' "loss 0.99990001"
loss "ssim: border_weight" '{"type": "ssim", "border_weight": 3}' "loss 0.99990001"
loss "ssim: 36 pixels within the margin" '{"type": "ssim", "reduction": "sum", "crop_margin": 1}' "loss 35.9964004"
loss "ssim: 80 times" '{"type": "ssim", "reduction": "sum", "border_weight": 3}' "loss 79.9920008"

for name in fashion photos; do
    "$SELVAGE" explain "$root/configs/remedies/${name}_k3.json" >"$notes/text" 2>"$notes/err"
    check "configs/remedies/${name}_k3.json" test $? = 0 -a ! -s "$notes/err"
done
