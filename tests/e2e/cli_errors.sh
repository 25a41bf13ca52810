# Every kind of bad input ends in one line on standard error that names the place, exit 1 or 2, and leaves nothing half-written.
. "$(dirname "$0")/../support/e2e.sh"

listing() { find . -printf '%p %s\n' | sort; }

# refused NAME EXIT WORDS COMMAND...: the exit status; one line that begins with "selvage: " and holds WORDS (a basic regular
# expression); no file made, grown or lost.
refused() {
    local name=$1 code=$2 words=$3 before got lines
    shift 3
    before=$(listing)
    "$@" >"$notes/out" 2>"$notes/err" </dev/null
    got=$?
    lines=$(wc -l <"$notes/err")
    if ! [[ $got =~ ^$code$ ]]; then not_ok "$name" "exit $got, expected $code: $(cat "$notes/err")"
    elif [ "$lines" != 1 ] || ! grep -q '^selvage: ' "$notes/err"; then not_ok "$name" "$lines lines: $(cat "$notes/err")"
    elif ! grep -q -e "$words" "$notes/err"; then not_ok "$name" "expected '$words', it says: $(cat "$notes/err")"
    elif [ "$(listing)" != "$before" ]; then not_ok "$name" "left behind: $(diff <(echo "$before") <(listing) | tr '\n' ' ')"
    else ok "$name"; fi
}
run() { "$SELVAGE" "$@"; }
# As on a full disk: the system refuses what goes beyond 1 kB in a file.
limited() { (ulimit -f 1; "$SELVAGE" "$@"); }

# A small sound model; variants of its first layer; configs of MODEL, DATA and further KEYS.
cat >model.json <<'END'
{ "name": "small", "input": {"shape": [8, 8, 1]},
  "layers": [
    {"type": "Conv2D", "name": "enc", "filters": 4, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu"},
    {"type": "Conv2DTranspose", "name": "dec", "filters": 1, "kernel_size": 4, "strides": 2, "padding": "same"} ] }
END
layer() { sed "s|{\"type\": \"Conv2D\", \"name\": \"enc\".*|$2,|" model.json >"$1"; }
config() {
    local model=${2:-model.json} data=${3:-'{"source": "synthetic", "samples": 32}'}
    echo "{\"model\": \"$model\", \"seed\": 1, \"data\": $data, \"batch_size\": 8${4:+, $4}}" >"$1"
}
config good.json

# --- models
# It is the first parameter's fault that is told.
cat >two.json <<'END'
{ "name": "two", "input": {"shape": [8, 8, 1]},
  "layers": [
    {"type": "Conv2D", "name": "wide", "filters": 4, "kernel_size": 3, "padding": "same"},
    {"type": "Conv2D", "name": "first", "filters": 4, "kernel_size": 3, "padding": "same",
     "kernel_initializer": {"type": "random_uniform", "minval": 2, "maxval": 1}},
    {"type": "Conv2D", "name": "second", "filters": 1, "kernel_size": 3, "padding": "same",
     "kernel_initializer": {"type": "random_uniform", "minval": 4, "maxval": 3}} ] }
END
refused "initializers that cannot draw" 2 'two.json: first/kernel: maxval: expected a number >= minval (2), got 1' run init two.json --output new.safetensors

layer unknown_key.json '{"type": "Conv2D", "name": "enc", "filtres": 4, "kernel_size": 3, "strides": 2, "padding": "same"}'
layer wrong_type.json '{"type": "Conv2D", "name": "enc", "filters": "four", "kernel_size": 3}'
layer out_of_range.json '{"type": "Conv2D", "name": "enc", "filters": 4, "kernel_size": 3, "strides": 0}'
layer impossible.json '{"type": "Conv2D", "name": "enc", "filters": 4, "kernel_size": 11, "padding": "valid"}'
layer unknown_type.json '{"type": "Conv3D", "name": "enc", "filters": 4, "kernel_size": 3}'
layer unknown_input.json '{"type": "Add", "name": "enc", "inputs": ["input", "nobody"]}'
head -c 60 model.json >cut.json
printf '{"name": "x", "name": "y", "layers": []}' >twice.json
zeros 0 >empty.json
refused "model: missing file" '[12]' 'nowhere.json' run explain nowhere.json
refused "model: not JSON" 2 'cut.json' run explain cut.json
refused "model: empty file" 2 'empty.json' run explain empty.json
refused "model: key twice" 2 'twice.json.*name' run explain twice.json
refused "model: unknown key" 2 'unknown_key.json.*layers\[0\].*filtres.*filters' run explain unknown_key.json
refused "model: wrong type" 2 'wrong_type.json.*layers\[0\].filters.*integer' run explain wrong_type.json
refused "model: out of range" 2 'out_of_range.json.*layers\[0\].strides.*>= 1' run explain out_of_range.json
refused "model: impossible shape" 2 'impossible.json.*layers\[0\]' run explain impossible.json
refused "model: unknown layer" 2 'unknown_type.json.*Conv3D' run explain unknown_type.json
refused "model: unknown input" 2 'unknown_input.json.*nobody' run explain unknown_input.json

# --- configs
config no_model.json nowhere.json
config bad_model.json unknown_key.json
config bad_key.json model.json '' '"epoch": 3'
config bad_rate.json model.json '' '"optimizer": {"type": "adam", "learning_rate": "fast"}'
config bad_loss.json model.json '' '"loss": "msee"'
sed 's/"kernel_size": 4, "strides": 2/"kernel_size": 4, "strides": 3/' model.json >wide.json
config unequal.json wide.json
train() { run train "$@" --out r; }
refused "config: missing model" '[12]' 'nowhere.json' train no_model.json
refused "config: unknown key in its model" 2 'layers\[0\].*filtres' train bad_model.json
refused "config: unknown key" 2 'bad_key.json.*epoch' train bad_key.json
refused "config: wrong type" 2 'bad_rate.json.*optimizer.learning_rate' train bad_rate.json
refused "config: unknown loss" 2 'bad_loss.json.*loss.*mse' train bad_loss.json
refused "config: output is not the target's size" 2 'unequal.json.*\[12,12,1\].*\[8,8,1\]' train unequal.json
refused "override: unknown key" 2 'batch_sise.*batch_size' train good.json batch_sise=1
refused "override: wrong type" 2 'epochs' train good.json epochs=many
refused "override: unknown layer" 2 'enc9' train good.json model.layers.enc9.filters=2

# --- data
{ be32 2051; be32 32; be32 8; be32 8; zeros 1000; } >cut.idx
{ be32 2051; be32 32; be32 8; be32 8; noise 2048; } >whole.idx
{ be32 2051; be32 32; be32 9; be32 9; zeros 2592; } >other.idx
{ be32 1234; zeros 100; } >magic.idx
gzip -c whole.idx >whole.idx.gz
head -c 300 whole.idx.gz >cut.idx.gz
npy '<f8' '16, 8, 8, 1' 8192 >double.npy
npy '<f4' '16, 8, 8, 1' 1000 >cut.npy
npy '<f4' '16, 7, 8, 1' 3584 >other.npy
npy '<f4' '16, 8, 8, 1' 4096 >good.npy
mkdir pictures none
printf 'no picture' >pictures/a.png
data() {
    config data.json model.json "$2"
    refused "data: $1" "$3" "$4" train data.json
}
data "missing file" '{"source": "idx", "path": "nowhere.idx"}' '[12]' 'nowhere.idx'
data "truncated idx" '{"source": "idx", "path": "cut.idx"}' 1 'cut.idx'
data "truncated idx.gz" '{"source": "idx", "path": "cut.idx.gz"}' 1 'cut.idx.gz'
data "no idx at all" '{"source": "idx", "path": "magic.idx"}' 1 'magic.idx'
data "idx of another size" '{"source": "idx", "path": "other.idx"}' '[12]' 'other.idx.*9.*8'
data "npy of another dtype" '{"source": "npy", "path": "double.npy"}' '[12]' 'double.npy.*f8'
data "truncated npy" '{"source": "npy", "path": "cut.npy"}' 1 'cut.npy'
data "npy of another shape" '{"source": "npy", "path": "other.npy"}' '[12]' 'other.npy.*7.*8'
data "missing folder" '{"source": "images", "path": "nowhere"}' '[12]' 'nowhere'
data "folder without images" '{"source": "images", "path": "none"}' '[12]' 'none'
data "unreadable picture" '{"source": "images", "path": "pictures"}' 1 'a.png'
data "unknown source" '{"source": "video", "path": "x"}' 2 'data.source.*video'
data "half a sample" '{"source": "synthetic", "samples": 0.5}' 2 'data.samples'

# --- weights, inputs and outputs of the other commands
run init model.json --output w.safetensors >"$notes/out" 2>&1 || not_ok "init" "$(cat "$notes/out")"
head -c 200 w.safetensors >cut.safetensors
printf 'not weights, whatever the name says' >not.safetensors
sed 's/"filters": 4/"filters": 5/' model.json >five.json
sed 's/"name": "enc"/"name": "encoder"/' model.json >renamed.json
predict() { run predict "$1" --weights "$2" --input "$3" --output "$4"; }
refused "weights: missing file" 1 'nowhere.safetensors' predict model.json nowhere.safetensors good.npy y.npy
refused "weights: truncated" 1 'cut.safetensors' predict model.json cut.safetensors good.npy y.npy
refused "weights: another format" 1 'not.safetensors' predict model.json not.safetensors good.npy y.npy
refused "weights: of another shape" 1 'w.safetensors.*enc/kernel.*\[3,3,1,4\].*\[3,3,1,5\]' predict five.json w.safetensors good.npy y.npy
refused "weights: of another model" 1 'w.safetensors.*enc/' predict renamed.json w.safetensors good.npy y.npy
refused "weights: not given" 2 'weights' run predict model.json --input good.npy --output y.npy
refused "input: missing file" 1 'nowhere.npy' predict model.json w.safetensors nowhere.npy y.npy
refused "input: another dtype" '[12]' 'double.npy.*f8' predict model.json w.safetensors double.npy y.npy
refused "input: another shape" '[12]' 'other.npy.*\[16,7,8,1\].*8,8,1' predict model.json w.safetensors other.npy y.npy
refused "input: truncated" 1 'cut.npy' predict model.json w.safetensors cut.npy y.npy
refused "input: not given" 2 '--input' run predict model.json --weights w.safetensors --output y.npy
refused "input: no picture" 1 'a.png' predict model.json w.safetensors pictures/a.png y.npy
refused "output: not given" 2 '--output' run predict model.json --weights w.safetensors --input good.npy
refused "output: folder does not exist" 1 'nowhere/y.npy' predict model.json w.safetensors good.npy nowhere/y.npy
refused "output: a file where a folder is to be" 1 'good.npy' predict model.json w.safetensors good.npy good.npy/y
refused "layer: unknown" 2 'layer.*encc.*enc' run predict model.json --weights w.safetensors --input good.npy --output y.npy --layer encc
npy '<f4' '8, 8, 8, 1' 2048 >half.npy
gradients() { run gradients model.json --weights w.safetensors --input good.npy "$@"; }
refused "gradients: upstream of other samples" 2 'half.npy.*8.*16' gradients --upstream half.npy --output d.safetensors
refused "gradients: upstream of another shape" 2 'other.npy' gradients --upstream other.npy --output d.safetensors
refused "gradients: neither upstream nor loss" 2 'upstream' gradients --output d.safetensors
refused "gradients: unknown loss" 2 'loss.*msee.*mse' gradients --loss msee --target good.npy --output d.safetensors
refused "gradients: loss without target" 2 'target' gradients --loss mse --output d.safetensors
refused "init: a seed that Keras does not take" 2 'seed.*set_random_seed.*4294967295' run init model.json --output x.safetensors --rng keras --seed -1
refused "evaluate: no run folder" 2 'none' run evaluate none

artifacts() { run artifacts "$@"; }
refused "artifacts: no target" 2 '--target: expected' artifacts --reconstruction good.npy
refused "artifacts: missing file" 1 '--reconstruction: nowhere.npy: no such' artifacts --target good.npy --reconstruction nowhere.npy
refused "artifacts: other shapes" '[12]' '--reconstruction: other.npy.*\[16,7,8,1\].*8,8,1' artifacts --target good.npy --reconstruction other.npy
refused "artifacts: other counts" 1 'half.npy holds 8 pictures, --target good.npy 16' artifacts --target good.npy --reconstruction half.npy
refused "artifacts: doubles" '[12]' 'double.npy.*f8' artifacts --target double.npy --reconstruction good.npy
refused "artifacts: stride 0" 2 "--stride: .*>= 1, got '0'" artifacts --target good.npy --reconstruction good.npy --stride 0
refused "artifacts: three depths" 2 "--depth: .*four.*got '1,2,3'" artifacts --target good.npy --reconstruction good.npy --depth 1,2,3
refused "artifacts: depth of letters" 2 "--depth: .*got '1,x,1,1'" artifacts --target good.npy --reconstruction good.npy --depth 1,x,1,1
{ npy '<f4' '1, 1, 2, 1' 4 && printf '\000\000\300\177'; } >nan.npy
refused "artifacts: not finite" 1 '--target: nan.npy: picture 0 holds a value that is not finite' artifacts --target nan.npy --reconstruction nan.npy

# --- the command line
refused "unknown command" 2 'trian.*train' run trian good.json
refused "unknown option" 2 'thread.*threads' run train good.json --thread 2
refused "option without value" 2 'out' run train good.json --out
refused "no threads" 2 'threads.*>= 1' train good.json --threads 0
refused "too many arguments" 2 'good.json' run explain model.json good.json
refused "unknown instruction set" 2 'isa.*mmx' run predict model.json --weights w.safetensors --input good.npy --output y.npy --isa mmx

# --- folders and disks
mkdir full && echo kept >full/file
refused "run folder below a file" 1 'good.npy' run train good.json --out good.npy/run
refused "run folder that holds something" 2 'full' run train good.json --out full
if [ "$(id -u)" != 0 ]; then
    mkdir locked && chmod 555 locked
    refused "run folder in a locked folder" 1 'locked' run train good.json --out locked/run
    refused "output in a locked folder" 1 'locked' predict model.json w.safetensors good.npy locked/y.npy
fi
refused "standard output is full" 1 'standard output' bash -c '"$0" ops >/dev/full' "$SELVAGE"
refused "disk full: predict" 1 'y.npy' limited predict model.json --weights w.safetensors --input good.npy --output y.npy
refused "disk full: gradients" 1 'd.safetensors' limited gradients model.json --weights w.safetensors --input good.npy --upstream good.npy --output d.safetensors
sed 's/"filters": 4/"filters": 64/' model.json >large.json
refused "disk full: init" 1 'large.safetensors' limited init large.json --output large.safetensors
# Of a run that dies so, what was complete may stay, but nothing under a temporary name.
config large_run.json large.json
limited train large_run.json --out dies >"$notes/out" 2>"$notes/err"
check "disk full: train exits 1" [ $? = 1 ]
check "disk full: train says one line" [ "$(grep -c '^selvage: ' "$notes/err") of $(wc -l <"$notes/err")" = "1 of 1" ]
check "disk full: train names the file" grep -q 'dies/' "$notes/err"
check "disk full: train leaves no temporary files" [ -z "$(find dies -name '.*.tmp-*' 2>/dev/null)" ]
