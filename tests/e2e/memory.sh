#!/bin/bash
# The memory that explain predicts for a training, against what one takes: within 5 %.
. "$(dirname "$0")/../support/e2e.sh"

if instrumented; then
    ok "memory: left out, the program is instrumented"
    exit 0
fi

# number KEY FILE: of JSON.
number() { sed -n "s/.*\"$1\": \([0-9.e+]*\).*/\1/p" "$2" | head -1; }
near() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a > 0 && b > 0 && a / b < 1.05 && b / a < 1.05) }'; }

# config SIDE BATCH CHANNELS SAMPLES LAYERS
config() {
    cat <<END
{ "model": {"name": "m", "input": {"shape": [$1, $1, 3]}, "layers": [
    {"type": "Conv2D", "name": "a", "filters": $3, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu"}, $5
    {"type": "Conv2DTranspose", "name": "z", "filters": 3, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "sigmoid"}]},
  "seed": 1, "data": {"source": "synthetic", "samples": $4}, "loss": "mse", "optimizer": {"type": "adam"}, "batch_size": $2, "epochs": 1 }
END
}

# agrees NAME THREADS: of config.json. A system that counts pages per processor is late by some, and where it
# places the program moves some: five tries.
agrees() {
    local peak predicted explained try
    for try in 1 2 3 4 5; do
        "$SELVAGE" bench config.json --steps 3 --threads "$2" --json >bench.out 2>&1 || break
        "$SELVAGE" explain config.json --threads "$2" --json >explain.out 2>&1
        peak=$(number peak_mb bench.out) predicted=$(number predicted_mb bench.out)
        explained=$(awk -v b="$(sed -n 's/.*"memory": {"total": \([0-9]*\).*/\1/p' explain.out)" 'BEGIN { print b / 1048576 }')
        if near "$peak" "$predicted" && near "$peak" "$explained"; then
            ok "memory: $1"
            return
        fi
    done
    not_ok "memory: $1" "$try: measured ${peak:-nothing} MiB, bench predicts ${predicted:-nothing}, explain ${explained:-nothing}: $(head -c 300 bench.out)"
}

config 32 64 32 64 '' >config.json
agrees "a small model, one thread" 1
agrees "a small model, two threads" 2
config 64 512 16 512 '{"type": "BatchNormalization", "name": "n"},' >config.json
agrees "kept for a whole batch" 2
config 16 16 384 32 '{"type": "Conv2D", "name": "b", "filters": 384, "kernel_size": 3, "padding": "same", "activation": "gelu"},' >config.json
agrees "many weights" 2
config 256 1 32 4 '' >config.json
agrees "batches of one large picture" 2
config 48 16 8 4000 '' >config.json
agrees "many pictures" 2
sed 's/"samples": 4000/"samples": 4000, "memory_limit": 1000000/' config.json >streamed.json && mv streamed.json config.json
agrees "pictures made as they are needed" 2
