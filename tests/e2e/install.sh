# make install: binary, libraries, header, pkg-config file and man page under PREFIX; a program builds against them, static and shared.
. "$(dirname "$0")/../support/e2e.sh"

build=$(dirname "$SELVAGE")
if grep -q fsanitize "$build/flags"; then
    echo "ok install: left out, the library needs its sanitizer"
    exit 0
fi
compiler=$(cut -d ' ' -f 1 "$build/flags")
(cd "$root" && make -s CC="$compiler" BUILD="$build" install DESTDIR="$scratch/stage" PREFIX=/usr) >"$notes/out" 2>&1
check "make install" [ $? = 0 ]
usr=$scratch/stage/usr
for file in bin/selvage lib/libselvage.a lib/libselvage.so include/selvage.h lib/pkgconfig/selvage.pc share/man/man1/selvage.1; do
    check "installs $file" [ -e "$usr/$file" ]
done
check "the library has its soname" [ -e "$usr/lib/$(readelf -d "$usr/lib/libselvage.so" | sed -n 's/.*soname: \[\(.*\)\].*/\1/p')" ]
check "the installed program runs" "$usr/bin/selvage" --version

cat >user.c <<'END'
#include <selvage.h>
#include <stdio.h>
int main(void)
{
    sv_graph *g = sv_graph_new();
    sv_node *x = sv_input(g, "image", 4, 4, 1);
    sv_node *y = sv_conv2d(g, "enc", x, &(sv_conv2d_args){ .filters = 1, .kernel = { 3, 3 }, .padding = SV_SAME });
    float in[16] = { 1 }, out[16];
    const float *inputs[] = { in };
    if (sv_compile(g, NULL, NULL) != SV_OK || sv_predict(g, y, 1, inputs, out) != SV_OK) return puts(sv_error(g)), 1;
    printf("%d weights\n", sv_weight_count(g));
    sv_graph_free(g);
    return 0;
}
END
export PKG_CONFIG_PATH=$usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$scratch/stage
$compiler -std=c11 user.c -o shared $(pkg-config --cflags --libs selvage) >"$notes/out" 2>&1
check "a program builds with pkg-config" [ $? = 0 ]
check "it runs on the shared library" [ "$(LD_LIBRARY_PATH=$usr/lib ./shared)" = "2 weights" ]
unset PKG_CONFIG_SYSROOT_DIR
$compiler -std=c11 user.c -o static -I"$usr/include" "$usr/lib/libselvage.a" $(pkg-config --libs --static selvage | sed 's/-lselvage//') >"$notes/out" 2>&1
check "a program builds with the static library" [ $? = 0 ]
check "it runs" [ "$(./static)" = "2 weights" ]
