#!/bin/sh
# Fetches Darknet (commit 61c9d02e, Debian's source tarball) into FOLDER and verifies every file that we compile against
# host/darknet.sha256: get_darknet.sh [FOLDER]. FOLDER is relative to the caller's; default: the repository's
# build/darknet-61c9d02e. An existing folder is only verified. Extra files among the sources are refused too, since a header there
# would hide the system's. Needs no root.
set -eu
caller=$PWD
cd "$(dirname "$0")/.."
case ${1:-} in
    "") dir=build/darknet-61c9d02e ;;
    /*) dir=$1 ;;
    *) dir=$caller/$1 ;;
esac
tarball=darknet_0.0.0+git20180914.61c9d02e.orig.tar.xz
sum=ec536ae11853846aab96183d8ec18730a46cce71f7d935768d235029329f9e93

sums=$PWD/host/darknet.sha256

check() {
    (cd "$dir" && sha256sum --quiet -c -) < host/darknet.sha256 || {
        echo "$dir: not Darknet of commit 61c9d02e (see the files above); remove it, or set DARKNET_SRC to a tree that is" >&2
        exit 1
    }
    added=$(cd "$dir" && find src include examples ! -type d ! -name '*.py' ! -path src/compare.c |
        awk 'NR == FNR { ours[$2] = 1; next } !($0 in ours)' "$sums" -)
    [ -z "$added" ] || {
        echo "$added" >&2
        echo "$dir: files that Darknet of commit 61c9d02e does not have (see above): remove them, or set DARKNET_SRC to a tree" \
            "without them" >&2
        exit 1
    }
}

fetch() {
    command -v apt-get >/dev/null || {
        echo "apt-get not found: unpack Darknet of commit 61c9d02e somewhere and run: make DARKNET_SRC=that/folder" >&2
        exit 1
    }
    for site in $(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | sort -u); do
        # As root: apt's own user may not write to the temporary folder, and apt would warn of that.
        /usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file \
            "$site/pool/main/d/darknet/$tarball" "$1" "SHA256:$sum" >&2 && return
    done
    echo "cannot fetch $tarball from any site that apt knows: check the network and /etc/apt/sources.list" >&2
    exit 1
}

if [ ! -d "$dir" ]; then
    new=$(mktemp -d "${TMPDIR:-/tmp}/darknet.XXXXXX")
    trap 'rm -rf "$new"' EXIT
    fetch "$new/source.tar.xz"
    tar -C "$new" -xJf "$new/source.tar.xz"
    mkdir -p "$(dirname "$dir")"
    mv "$new/darknet" "$dir"
fi
check
