#!/bin/sh
# Puts CIFAR-10's six batches and the names of its classes into FOLDER and prints its name: get_cifar.sh [FOLDER]. FOLDER is
# relative to the caller's; default: the repository's data/cifar10; data/cifar10 in the caller's folder where the script is
# installed. Existing files are kept; otherwise the archive (170 MB) comes from its author's page, by curl or wget, and its
# SHA-256 is verified. CIFAR_MIRROR is the URL of another folder with cifar-10-binary.tar.gz, which may be one of
# your own, file:///... A failure leaves nothing behind and says why.
set -eu
caller=$PWD
cd "$(dirname "$0")/.."
. scripts/data_folder.sh
choose_folder data/cifar10 "$@"
sum=c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd
archive=cifar-10-binary.tar.gz
mirror=${CIFAR_MIRROR:-https://www.cs.toronto.edu/~kriz}
names="data_batch_1.bin data_batch_2.bin data_batch_3.bin data_batch_4.bin data_batch_5.bin test_batch.bin batches.meta.txt"

is_complete() { for name in $names; do [ -f "$1/$name" ] || return 1; done; }

from_mirror() {
    need_downloader || return 1
    SECONDS_TO_FETCH=1800 fetch "$mirror/$archive" "$new/$archive" || return 1
    echo "$sum  $new/$archive" | sha256sum --quiet -c - >/dev/null 2>&1 || {
        failed "$mirror/$archive: another file than CIFAR-10's (SHA-256)"
        return 1
    }
    tar -xzf "$new/$archive" -C "$new" --strip-components=1 2>"$new/error" || {
        failed "$archive: $(tail -n 1 "$new/error")"
        return 1
    }
    is_complete "$new" || { failed "$archive: holds other files than CIFAR-10's batches"; return 1; }
}

if is_complete "$dir"; then
    echo "$shown"
    exit
fi
begin_fetch
if ! from_mirror; then
    echo "CIFAR-10 cannot be fetched:$why
Put its binary version's six .bin files and batches.meta.txt into $shown yourself." >&2
    exit 1
fi
for name in $names; do mv "$new/$name" "$dir/"; done
echo "fetched CIFAR-10 into $shown" >&2
echo "$shown"
