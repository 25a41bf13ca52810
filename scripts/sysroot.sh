#!/bin/bash
# sysroot.sh ARCHITECTURE FOLDER: unpacks Debian's packages of another architecture into FOLDER, for the cross compiler to link
# with and for qemu to run with. apt's state is kept inside FOLDER: nothing of this system is changed. Nothing is done where FOLDER is complete.
set -eu
architecture=$1 folder=$2
packages="libopenblas-pthread-dev libcjson-dev libstb-dev zlib1g-dev libmd-dev libcmocka-dev libgomp1"
[ "$(cat "$folder/complete" 2>/dev/null)" = "$packages" ] && exit 0
for tool in apt-get dpkg-deb; do
    command -v $tool >/dev/null || { echo "sysroot: this system has no $tool" >&2; exit 1; }
done

rm -rf "$folder"
mkdir -p "$folder/apt/lists/partial" "$folder/apt/archives/partial"
folder=$(readlink -f "$folder")
: >"$folder/apt/status"
private() {
    apt-get -q -o APT::Architecture="$architecture" -o APT::Architectures::="$architecture" -o APT::Sandbox::User=root \
        -o Dir::State="$folder/apt" -o Dir::State::lists="$folder/apt/lists" -o Dir::State::status="$folder/apt/status" \
        -o Dir::Cache="$folder/apt" -o Dir::Cache::archives="$folder/apt/archives" "$@" >"$folder/apt/log" 2>&1
}
echo "sysroot: fetching $packages for $architecture"
# Sources that lack this architecture make update complain; what matters is that the packages come.
private update || :
# shellcheck disable=SC2086 # the packages are a list
private install -y --no-install-recommends --download-only $packages || { tail -n 5 "$folder/apt/log" >&2; exit 1; }
for package in "$folder"/apt/archives/*.deb; do dpkg-deb -x "$package" "$folder"; done
# Links to /lib/... would lead out of the folder.
find "$folder" -type l -lname '/*' | while read -r link; do ln -sfn "$folder$(readlink "$link")" "$link"; done
rm -rf "$folder/apt"
echo "$packages" >"$folder/complete"
