#!/bin/bash
# lint.sh: the house's rules that a compiler does not check.
#   1. `#include`s of src/ only run downwards between floors.
#   2. Each header of a third party is included by one file.
#   3. The library neither prints, exits, asserts nor reads the environment.
#   4. A training step calls no function of libm that rounds (seen in build/, once the library is built).
#   5. clang-tidy, where it is installed. 6. With FORMAT=1, clang-format.
export LC_ALL=C
bad=0
complain() {
    echo "lint: $*"
    bad=1
}

# Floors from the bottom; folders on one floor do not know each other, but for the arrows below.
declare -A floor=(
    [selvage.h]=0 [base]=1 [formats]=2 [kernels]=2 [optim]=2 [data]=3 [init]=3 [ops]=3 [graph]=4 [config]=5 [artifacts]=5
    [report]=6 [trainer]=6 [cli]=7 [main.c]=7
)
arrows=" optim>kernels config>artifacts main.c>cli "

check_floors() {
    local file line from to
    while IFS=: read -r file line; do
        from=$(echo "$file" | cut -d / -f 2)
        to=$(echo "$line" | sed 's/^[^"]*"\([^"]*\)".*/\1/' | cut -d / -f 1)
        [ "$to" = embedded.h ] || [ "$from" = "$to" ] && continue
        if [ -z "${floor[$from]}" ]; then complain "$file: $from has no floor in scripts/lint.sh"; continue; fi
        if [ -z "${floor[$to]}" ]; then complain "$file: \"$to\": write includes from src/"; continue; fi
        case $arrows in *" $from>$to "*) continue ;; esac
        [ "${floor[$to]}" -lt "${floor[$from]}" ] || complain "$file: $from (floor ${floor[$from]}) includes $to (floor ${floor[$to]})"
    done < <(grep -rno '^ *# *include *"[^"]*"' src --include='*.[ch]' | sed 's/:[0-9]*:/:/')
}

system_headers='complex|ctype|errno|fenv|float|inttypes|limits|locale|math|setjmp|signal|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|tgmath|time|wchar|dirent|fcntl|pthread|unistd|getopt|malloc|immintrin|arm_neon|sys/[a-z]*'

check_third_parties() {
    local header
    for header in $(grep -rhoE '^ *# *include *<[^>]*>' src | sed 's/.*<\(.*\)>/\1/' | sort -u | grep -vE "^($system_headers)\.h$"); do
        [ "$(grep -rlF "<$header>" src | wc -l)" = 1 ] || complain "<$header> is included by $(grep -rlF "<$header>" src | paste -sd' ')"
    done
}

check_calls() {
    local found
    found=$(grep -rnE '(^|[^_[:alnum:]])(printf|fprintf|vfprintf|puts|fputs|putchar|perror|exit|_exit|abort|assert|getenv|setenv)\(' src --include='*.c' |
        grep -vE '^src/(cli/|main\.c)' | grep -vE '^[^:]*:[0-9]*: *(/?\*|//)')
    [ -z "$found" ] || complain "forbidden in the library:"$'\n'"$found"
}

# From the data to the updated weights nothing may call what C libraries round differently; sqrt, fmax, floor and their like are
# exact. Of init/: erf chooses between two ways, exp is of an expectation that is printed; PyTorch's
# draws are those of the C library it calls.
check_libm() {
    local object found
    [ -f build/libselvage.a ] || return
    for object in build/src/{base,formats,kernels,optim,data,ops,init,graph}/*.o build/src/kernels/*/*.o; do
        found=$(nm -u "$object" | awk '{ sub("@.*", "", $2); print $2 }' | grep -xE "$libm" | paste -sd' ')
        case ${object#build/src/}:$found in
        *: | init/source.o:erf | init/trunc_normal.o:exp | init/torch_*) ;;
        *) complain "$object: calls $found of libm on the way of a training" ;;
        esac
    done
}
libm='(a?(sin|cos|tan)h?|sincos|exp(2|m1|10)?|log(2|1p|10|b)?|pow|erfc?|[lt]gamma|cbrt|hypot|fmod|j[01n]|y[01n])[fl]?'

check_tidy() {
    command -v clang-tidy >/dev/null || return
    local flags log
    flags="-std=c11 -D_GNU_SOURCE -Isrc -Ibuild $(pkg-config --cflags openblas libcjson stb zlib libmd | sed 's/-I/-isystem /g')"
    log=$(git ls-files 'src/*.c' | grep -v 'src/kernels/vectors' |
        xargs -P "$(nproc)" -n 4 bash -c 'clang-tidy --quiet --warnings-as-errors="*" "${@:2}" -- $1 2>/dev/null' - "$flags") ||
        complain "clang-tidy:"$'\n'"$(echo "$log" | grep -A 4 'error:')"
}

check_format() {
    git ls-files '*.c' '*.h' | xargs clang-format --dry-run --Werror || complain "clang-format: run make format"
}

check_floors
check_third_parties
check_calls
check_libm
[ "${TIDY:-1}" = 1 ] && check_tidy
[ "${FORMAT:-0}" = 1 ] && check_format
[ "$bad" = 0 ] && echo "lint: clean"
exit "$bad"
