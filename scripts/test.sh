#!/bin/bash
# test.sh BUILD [unit]: runs BUILD/tests/*/test_* and, unless `unit`, tests/e2e/*.sh, as many at a time as there are cores
# (JOBS=n for another number). Prints the whole output of what failed and ends with one line, "N passed, N failed": the
# single cmocka tests and the single checks of the end-to-end scripts. RUNNER is put before each test program (valgrind).
build=$(readlink -f "$1") what=${2:-all}
export SELVAGE=$build/selvage RUNNER=${RUNNER:-}
# OpenBLAS starts a thread of its own when it is loaded, which no test uses; its end, at exit, crashes clang's leak check now and then.
export OPENBLAS_NUM_THREADS=1
export LSAN_OPTIONS=suppressions=$PWD/scripts/lsan.supp:print_suppressions=0
logs=$(mktemp -d) || exit 1
trap 'rm -rf "$logs"' EXIT

programs() {
    find "$build/tests" -path '*/test_*' -type f -perm -u+x | sort
    [ "$what" = all ] && ls tests/e2e/*.sh 2>/dev/null
}

# One program in a scratch folder of its own: output to a log, exit status beside it.
one() {
    log=$2/$(echo "$1" | tr / _)
    mkdir "$log.tmp"
    case $1 in
    *.sh) TMPDIR=$log.tmp timeout 900 bash "$1" ;;
    *) TMPDIR=$log.tmp timeout 900 $RUNNER "$1" ;;
    esac >"$log" 2>&1 </dev/null
    echo $? >"$log.status"
    rm -rf "$log.tmp"
}
export -f one

# cmocka says "[  FAILED  ] N test(s)" at its end, the scripts "not ok" line by line; what dies before has failed once.
count() {
    local log=$1 status ok bad
    status=$(cat "$log.status" 2>/dev/null || echo 255)
    ok=$(grep -c -e '^\[       OK \]' -e '^ok ' "$log")
    bad=0
    for n in $(sed -n -e 's/^\[  FAILED  \] \([0-9]*\) test(s).*/\1/p' -e 's/^not ok .*/1/p' "$log"); do bad=$((bad + n)); done
    if [ "$bad" = 0 ] && { [ "$status" != 0 ] || [ "$ok" = 0 ]; }; then bad=1; fi
    if [ "$bad" != 0 ]; then
        echo "---- $2: exit $status"
        cat "$log"
    fi
    passed=$((passed + ok)) failed=$((failed + bad))
}

programs | xargs -P "${JOBS:-$(nproc)}" -I{} bash -c 'one "$1" "$2"' - {} "$logs"
passed=0 failed=0
for program in $(programs); do count "$logs/$(echo "$program" | tr / _)" "$program"; done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
