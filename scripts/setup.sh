#!/bin/sh
# setup.sh [--dev] [--package NAME WHY]: installs the packages that are missing, with apt, saying which and why.
# On a system without apt it prints the packages' names there and exits 1.
set -u

needed() {
    cat <<'END'
gcc                 the compiler
libc6-dev           the C library's headers
pkg-config          finds the other packages' flags
libopenblas-dev     matrix products
libcjson-dev        models and configs are JSON
libstb-dev          reads and writes images
zlib1g-dev          reads compressed data sets
libmd-dev           SHA-256 digests
libcmocka-dev       the tests' framework
END
}

needed_by_developers() {
    cat <<'END'
clang               the second compiler
libclang-rt-dev     its sanitizers
libomp-dev          its OpenMP
clang-tidy          the linter
clang-format        the formatter
lcov                test coverage
qemu-user           runs programs for other processors
gcc-aarch64-linux-gnu  builds for 64-bit ARM
libc6-dev-arm64-cross  its C library
valgrind            memory checks
END
}

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

elsewhere() {
    cat >&2 <<'END'
setup: this system has no apt; install these and run make again:
  dnf install gcc pkgconf-pkg-config openblas-devel cjson-devel stb-devel zlib-devel libmd-devel libcmocka-devel
  pacman -S gcc pkgconf openblas cjson stb zlib libmd cmocka
  brew install gcc pkg-config openblas cjson zlib libmd cmocka   (and the headers of github.com/nothings/stb)
END
    [ "$list" = dev ] && echo "  for development: clang with its OpenMP, clang-tidy, clang-format, lcov, qemu-user, gcc for aarch64, valgrind" >&2
    exit 1
}

list=base
case "${1:-}" in
--dev) list=dev ;;
--package) list=package ;;
esac
case $list in
base) wanted=$(needed) ;;
dev) wanted=$(needed; needed_by_developers) ;;
package) wanted="$2  $3" ;;
esac

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || elsewhere

missing=$(echo "$wanted" | while read -r name why; do installed "$name" || echo "$name  $why"; done)
[ -z "$missing" ] && exit 0

names=$(echo "$missing" | cut -d ' ' -f 1 | tr '\n' ' ')
echo "setup: installing with apt:"
echo "$missing" | while read -r name why; do printf '  %-24s %s\n' "$name" "$why"; done

root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "setup: not root and no sudo; as root run: apt-get install $names" >&2; exit 1; }
    root=sudo
fi
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
install() {
    # shellcheck disable=SC2086 # the names are a list
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $names >"$log" 2>&1
}
# The package lists are fetched only where the install fails without.
install || { $root apt-get update -q >"$log" 2>&1 && install; } || {
    echo "setup: apt-get install $names failed:" >&2
    tail -n 5 "$log" >&2
    exit 1
}
echo "setup: done"
