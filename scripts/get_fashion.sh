#!/bin/sh
# Puts Fashion-MNIST's four IDX files (gzipped) and the names of its classes into FOLDER and prints its name:
# get_fashion.sh [FOLDER]. FOLDER is relative to the caller's; default: the repository's data/fashion-mnist;
# data/fashion-mnist in the caller's folder where the script is installed. Existing files are kept; otherwise they come from
# Debian's package dataset-fashion-mnist, which is not installed. Needs no root.
set -eu
caller=$PWD
cd "$(dirname "$0")/.."
. scripts/data_folder.sh
choose_folder data/fashion-mnist "$@"
names="train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte"

is_complete() { for name in $names; do [ -f "$dir/$name.gz" ] || [ -f "$dir/$name" ] || return 1; done; }

from_debian() {
    command -v apt-get >/dev/null || return 1
    (cd "$new" && apt-get download dataset-fashion-mnist >/dev/null 2>&1 && dpkg-deb -x dataset-fashion-mnist*.deb .) || return 1
    for name in $names; do find "$new/usr" -name "$name.gz" -exec mv {} "$new/" \; -quit; done
    for name in $names; do [ -f "$new/$name.gz" ] || return 1; done
    for name in $names; do mv "$new/$name.gz" "$dir/"; done
}

if ! is_complete; then
    begin_fetch
    if ! from_debian; then
        echo "cannot fetch Debian's package dataset-fashion-mnist; put Fashion-MNIST's four IDX files into $shown yourself" >&2
        exit 1
    fi
fi
[ -e "$dir/classes.names" ] || [ ! -w "$dir" ] || cp weights/fashion.names "$dir/classes.names"
echo "$shown"
