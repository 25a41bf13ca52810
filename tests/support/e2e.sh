# Sourced by tests/e2e/*.sh: $SELVAGE is the program; every check prints "ok NAME" or "not ok NAME: what". A scratch folder is the
# working folder, $notes another for the checks' own files; both go away at the end.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SELVAGE=${SELVAGE:-$root/build/selvage}
SELVAGE=$(readlink -f "$SELVAGE")
scratch=$(mktemp -d) && notes=$(mktemp -d) || exit 1
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch" "$notes"' EXIT
cd "$scratch" || exit 1

ok() { echo "ok $1"; }
not_ok() { echo "not ok $1: $2"; }
# check NAME CONDITION...
check() { if "${@:2}"; then ok "$1"; else not_ok "$1" "${*:2}"; fi; }

# Whether the program is built with sanitizers or for coverage: many times slower and larger.
instrumented() { grep -q -e fsanitize -e coverage "$(dirname "$SELVAGE")/flags" 2>/dev/null; }

# Little-endian and big-endian numbers of 4 bytes; N bytes of one value.
le32() { printf "\\x$(printf %02x $(($1 & 255)))\\x$(printf %02x $(($1 >> 8 & 255)))\\x$(printf %02x $(($1 >> 16 & 255)))\\x$(printf %02x $(($1 >> 24 & 255)))"; }
be32() { printf "\\x$(printf %02x $(($1 >> 24 & 255)))\\x$(printf %02x $(($1 >> 16 & 255)))\\x$(printf %02x $(($1 >> 8 & 255)))\\x$(printf %02x $(($1 & 255)))"; }
zeros() { head -c "$1" /dev/zero; }
# Pseudo-random bytes, the same each time.
noise() { awk -v n="$1" 'BEGIN { s = 1; for (i = 0; i < n; i++) { s = (s * 16807) % 2147483647; printf "%c", s % 127 + 1 } }' | LC_ALL=C head -c "$1"; }

# npy DESCR SHAPE BYTES: a header (version 1.0) and so many zero bytes on standard output.
npy() {
    local header="{'descr': '$1', 'fortran_order': False, 'shape': ($2), }"
    while [ $(((${#header} + 11) % 64)) != 0 ]; do header="$header "; done
    printf '\x93NUMPY\x01\x00'
    le32 $((${#header} + 1)) | head -c 2
    printf '%s\n' "$header"
    zeros "$3"
}
