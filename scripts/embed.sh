#!/bin/sh
# embed.sh OUT FILE...: each text file as a C array sv_embedded_<name>, NUL-terminated.
out=$1; shift
{
    echo "/* Made by scripts/embed.sh. */"
    for file in "$@"; do
        name=$(basename "$file" | sed 's/\..*//')
        echo "static const char sv_embedded_$name[] = {"
        od -An -v -tu1 "$file" | sed 's/ \+/,/g; s/^,//; s/$/,/'
        echo "0};"
    done
} > "$out.tmp" && mv "$out.tmp" "$out"
