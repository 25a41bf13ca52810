#!/bin/bash
# One training, one result: every case of tests/contract leaves the frozen digest, and the same files, under every instruction set
# of this machine and on one to five threads, also where it was killed and goes on under others. make contract tries more compilers.
. "$(dirname "$0")/../support/e2e.sh"
. "$root/tests/contract/contract.sh"

check "digests are of this version of the numerics" [ "$(head -n 1 "$contract/digests.txt")" = "# numerics $(contract_version)" ]

# Every layer, activation, loss, optimizer and schedule that there is.
missing=
for name in $("$SELVAGE" ops | sed '/^Initializers/,/^Losses/d; /^Model files/,$d' | sed -n 's/^  \([A-Za-z0-9_]*\)\(:.*\)*$/\1/p'); do
    grep -q "\"$name\"" "$contract"/*.json || missing="$missing $name"
done
check "nothing is left out:$missing" [ -z "$missing" ]

# Emulated multiply-adds are slow: the reference models are tried under them by make contract. An instrumented program shows that
# each set of kernels is clean, and its compiler's -O1.
for case in $(contract_cases); do
    case $case in
    *_ae) variants="avx2,3 avx512,1 neon,2 ,4" ;;
    *) variants="scalar,1 sse2,2 avx2,3 avx512,4 neon,2 ,5" ;;
    esac
    if instrumented; then variants=${variants#scalar,1 } variants=${variants#avx2,3 avx512,1 neon,2 }; fi
    for v in $variants; do contract_check "$case" "${v%,*}" "${v#*,}" "$SELVAGE"; done
done

# Killed once its first checkpoint is there, begun and continued with other instruction sets and threads.
long=("$contract/layers.json" epochs=6 checkpoint.every_steps=1)
"$SELVAGE" train "${long[@]}" --out unbroken --threads 1 >log 2>&1
for attempt in 1 2 3 4 5; do
    rm -rf broken
    SELVAGE_ISA=scalar "$SELVAGE" train "${long[@]}" --out broken --threads 3 >log 2>&1 &
    job=$!
    while [ ! -e broken/checkpoint.safetensors ] && kill -0 $job 2>/dev/null; do sleep 0.01; done
    kill -9 $job 2>/dev/null
    wait $job 2>/dev/null
    "$SELVAGE" train "${long[@]}" --out broken --resume --threads 2 >log 2>&1
    grep -q resumed_at_step broken/run.json 2>/dev/null && break
done
check "a run that was killed goes on" grep -q resumed_at_step broken/run.json
check "to the same files" [ "$(contract_folder broken)" = "$(contract_folder unbroken)" ]
