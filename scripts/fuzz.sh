#!/bin/sh
# fuzz.sh SECONDS: every fuzzer in tests/fuzz for so long each, from the models and configs of the repository and what the
# corpora in build-fuzz/corpus have grown to. Ends at the first finding, whose input is left in build-fuzz.
set -e
build=build-fuzz
flags="-fsanitize=address,undefined -fno-sanitize-recover=undefined"
command -v clang >/dev/null || { echo "fuzz: no clang; make dev-tools" >&2; exit 1; }
make -s CC=clang BUILD=$build OPTIMIZE="-O1 -g" EXTRA_CFLAGS="$flags -fsanitize=fuzzer-no-link" EXTRA_LDFLAGS="$flags" lib
packages="openblas libcjson stb zlib libmd"
for source in tests/fuzz/fuzz_*.c; do
    name=$(basename "$source" .c)
    clang -std=c11 -D_GNU_SOURCE -O1 -g -fopenmp $flags -fsanitize=fuzzer -Isrc -Itests/fuzz "$source" -o "$build/$name" \
        "$build/libselvage.a" $(pkg-config --libs $packages) -lm
    mkdir -p "$build/corpus/$name"
    seeds=
    case $name in
    fuzz_model) seeds=models ;;
    fuzz_config) seeds=configs ;;
    esac
    echo "== $name"
    (cd $build && "./$name" -max_total_time="$1" -max_len=65536 -rss_limit_mb=4096 -print_final_stats=0 -verbosity=0 \
        "corpus/$name" ${seeds:+"../$seeds"})
done
