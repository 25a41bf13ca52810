#!/bin/bash
# matrix.sh: the cases of this folder under gcc and clang, -O1 and -O3 (LEVELS="1 3"), every instruction set of this machine, and for 64-bit ARM
# under qemu. What is not installed is left out with a word (make dev-tools). Ends with "N passed, N failed".
. "$(dirname "${BASH_SOURCE[0]}")/contract.sh"
root=$(cd "$contract/../.." && pwd)
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

# build NAME MAKE-ARGUMENTS...: into build-contract-NAME.
build() {
    (cd "$root" && make -s BUILD="build-contract-$1" "${@:2}" "build-contract-$1/selvage") >"$scratch/$1.log" 2>&1 && return
    tail -n 20 "$scratch/$1.log"
    echo "not ok $1: does not build"
    return 1
}

# runs LABEL PROGRAM...: every case, in a folder of its own.
runs() {
    label=$1
    mkdir "$scratch/$label" && cd "$scratch/$label" || return
    local case isa threads=0
    for case in $(contract_cases); do
        for isa in $isas; do
            # An emulated multiply-add takes half a minute for the largest model: once is enough.
            case $case,$isa,$label in rgb128_ae,scalar,gcc-O1 | rgb128_ae,s*,clang* ) continue ;; esac
            contract_check "$case" "$isa" $((threads++ % 5 + 1)) "${@:2}"
        done
    done
}

native() {
    local isas="scalar sse2 avx2 avx512"
    [ "$(uname -m)" = aarch64 ] && isas="scalar neon"
    command -v "$1" >/dev/null || { echo "$1 is not installed: left out"; return; }
    build "$1-O$2" CC="$1" OPTIMIZE="-O$2" && runs "$1-O$2" "$root/build-contract-$1-O$2/selvage"
}

# NEON; plain C is tried on this machine.
arm() {
    local isas=neon sysroot=$root/build-sysroot/arm64
    command -v qemu-aarch64 >/dev/null && command -v aarch64-linux-gnu-gcc >/dev/null ||
        { echo "qemu-aarch64 and aarch64-linux-gnu-gcc are not both installed: 64-bit ARM is left out"; return; }
    (cd "$root" && make -s aarch64 GOAL=build-aarch64/selvage) >"$scratch/arm.log" 2>&1 ||
        { tail -n 20 "$scratch/arm.log"; echo "not ok aarch64: does not build"; return; }
    runs aarch64 qemu-aarch64 -L "$sysroot" -E LD_LIBRARY_PATH=/usr/lib/aarch64-linux-gnu/openblas-pthread "$root/build-aarch64/selvage"
}

# Two at a time, of about the same length; what their first runs have left must be the same too.
folders() { for case in "${!whole[@]}"; do echo "folder $case ${whole[$case]}"; done; }
{ arm; folders; } >"$scratch/first" &
for level in ${LEVELS:-1 3}; do
    native gcc "$level"
    native clang "$level"
done >"$scratch/second"
folders >>"$scratch/second"
wait
sort -u "$scratch/first" "$scratch/second" | awk '$1 == "folder" && $2 == last { print "not ok " last ": ARM leaves other files" } $1 == "folder" { last = $2 }' >"$scratch/between"
cat "$scratch/first" "$scratch/second" "$scratch/between" | grep -v -e '^ok ' -e '^folder '
failed=$(cat "$scratch/first" "$scratch/second" "$scratch/between" | grep -c '^not ok')
echo "$(cat "$scratch/first" "$scratch/second" | grep -c '^ok ') passed, $failed failed"
[ "$failed" = 0 ]
