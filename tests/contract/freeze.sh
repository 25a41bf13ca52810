#!/bin/bash
# freeze.sh PROGRAM: writes digests.txt anew, with the version of src/base/numerics.h. Raise that first where digests changed.
. "$(dirname "${BASH_SOURCE[0]}")/contract.sh"
program=$(readlink -f "$1")
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
{
    echo "# numerics $(contract_version)"
    for case in $(contract_cases); do
        "$program" train "$contract/$case.json" --out "$case" >log 2>&1 || { cat log >&2; exit 1; }
        echo "$case $(contract_digest "$case")"
    done
} >digests.txt && cp digests.txt "$contract/digests.txt"
