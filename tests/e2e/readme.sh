# What the README says: its C example compiles against an installed copy and learns; the reference and the schemas are those
# that the tables print.
. "$(dirname "$0")/../support/e2e.sh"

build=$(dirname "$SELVAGE")
make -s -C "$root" BUILD="${build#"$root"/}" PREFIX="$scratch/usr" install >"$notes/install" 2>&1
check "make install" test -x usr/bin/selvage -a -f usr/include/selvage.h -a -f usr/lib/libselvage.a

awk '/^## From C/ { here = 1 } here && /^```c$/ { code = 1; next } /^```$/ { if (code) exit } code' "$root/README.md" >example.c
sanitize=
nm usr/lib/libselvage.a 2>/dev/null | grep -q __asan && sanitize="-fsanitize=address,undefined"
flags=$(PKG_CONFIG_PATH=usr/lib/pkgconfig pkg-config --cflags --libs selvage)
compiler=${CC:-cc}
nm usr/lib/libselvage.a 2>/dev/null | grep -q __asan_version_mismatch_check_v8 && [ -f "$build/flags" ] && compiler=$(cut -d' ' -f1 "$build/flags")
if $compiler -std=c11 -Wall -Wextra $sanitize example.c $flags -o example 2>"$notes/cc"; then ok "the C example compiles"
else not_ok "the C example compiles" "$(cat "$notes/cc")"; fi
said=$(LD_LIBRARY_PATH=usr/lib ./example 2>&1)
check "the C example learns" awk -v said="$said" 'BEGIN { n = split(said, word, " "); exit !(word[1] == "loss" && word[n] < 0.1) }'

"$SELVAGE" ops --markdown >"$notes/reference"
check "doc/reference.md is what the tables say (make reference)" cmp -s "$notes/reference" "$root/doc/reference.md"
for kind in model config; do
    "$SELVAGE" ops --schema $kind >"$notes/$kind"
    check "${kind}s/$kind.schema.json is what the tables say (make schemas)" cmp -s "$notes/$kind" "$root/${kind}s/$kind.schema.json"
done
