# Sourced by the tests of the contract: one training, one result. A case is a config of this folder; digests.txt holds its digest, of
# the final weights and of every step's loss and gradient norm, under the version of the numerics.
contract=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
declare -A whole=()

contract_cases() { (cd "$contract" && ls ./*.json | sed 's|./||; s|[.]json||'); }

contract_version() { sed -n 's/^#define SV_NUMERICS_VERSION //p' "$contract/../../src/base/numerics.h"; }

# The numerics' own result: what digests.txt holds.
contract_digest() {
    { grep -o '"final_weights": "[0-9a-f]*"' "$1/run.json" && cat "$1/steps.csv"; } 2>/dev/null | sha256sum | cut -d ' ' -f 1
}

# All that a run leaves but run.json, which holds the time: weights, optimizer, measures and pictures.
contract_folder() { (cd "$1" && find . -type f ! -name run.json | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -d ' ' -f 1); }

# contract_check CASE ISA THREADS PROGRAM...: trains and prints a line "ok ..." or "not ok ..."; nothing where the machine lacks the
# instruction set. ISA "" is the program's choice. PROGRAM may begin with qemu.
contract_check() {
    local case=$1 isa=$2 threads=$3 name out=run got folder
    name="$case ${isa:-best} on $threads threads${label:+, $label}"
    rm -rf $out
    if ! SELVAGE_ISA=$isa "${@:4}" train "$contract/$case.json" --threads "$threads" --out $out >log 2>&1; then
        grep -q 'isa: this machine does not have\|isa: expected one of' log || { cat log; echo "not ok $name: training failed"; }
        return
    fi
    got=$(contract_digest $out) folder=$(contract_folder $out)
    : "${whole[$case]:=$folder}"
    if ! grep -q "^$case $got$" "$contract/digests.txt"; then
        echo "not ok $name: $got is not the frozen digest; where the numerics were meant to change: make freeze"
    elif [ "$folder" != "${whole[$case]}" ]; then
        echo "not ok $name: the weights agree, another file differs from the first run's"
    else
        echo "ok $name"
    fi
}
