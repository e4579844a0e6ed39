#!/bin/sh
# Puts Fashion-MNIST's four IDX files (gzipped) into the given folder (data/fashion-mnist) and prints the folder. Takes
# what is there; else the files of Debian's package dataset-fashion-mnist, without installing it: needs no root.
set -eu
cd "$(dirname "$0")/.."
dir=${1:-data/fashion-mnist}
names="train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte"

complete() { for name in $names; do [ -f "$dir/$name.gz" ] || [ -f "$dir/$name" ] || return 1; done; }

from_debian() {
    command -v apt-get >/dev/null || return 1
    (cd "$new" && apt-get download dataset-fashion-mnist >/dev/null 2>&1 && dpkg-deb -x dataset-fashion-mnist*.deb .) || return 1
    for name in $names; do find "$new/usr" -name "$name.gz" -exec mv {} "$dir/" \; -quit; done
    complete
}

if ! complete; then
    mkdir -p "$dir"
    new=$(mktemp -d "$dir/fetch.XXXXXX")
    trap 'rm -rf "$new"; rmdir "$dir" 2>/dev/null || true' EXIT
    if ! from_debian; then
        echo "Debian's package dataset-fashion-mnist cannot be had; put Fashion-MNIST's four IDX files into $dir yourself" >&2
        exit 1
    fi
fi
echo "$dir"
