#!/bin/sh
# For make dist and make deb: dist.sh tarball|deb DARKNET
#   tarball   build/pixelcnn-VERSION.tar.gz: what git has at HEAD, debian/changelog with that version, and the files of Darknet that
#             host/darknet.sha256 lists, in build/darknet-61c9d02e, so that it builds without a network. The same commit gives
#             the same bytes.
#   deb       Debian packages in build/deb, built from that tarball by dpkg-buildpackage -us -uc -b; in a tree without git, which
#             is an unpacked tarball, from the tree
set -eu
cd "$(dirname "$0")/.."
what=${1:-} darknet=${2:-build/darknet-61c9d02e}
name=pixelcnn-$(scripts/version.sh)
made=build/dist # of one name, which compiler caches see in the commands
rm -rf "$made"
mkdir -p "$made"
trap 'rm -rf "$made"' EXIT

# Darknet's files into the tree $made/$name.
add_darknet() {
    to=$made/$name/build/darknet-61c9d02e
    mkdir -p "$to"
    awk '{ print $2 }' host/darknet.sha256 | tar -C "$darknet" -cf - -T - $(cd "$darknet" && ls LICENSE*) | tar -C "$to" -xf -
}

# The one file of debian/ that states a version.
add_changelog() {
    printf 'pixelcnn (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- %s  %s\n' "${name#pixelcnn-}" \
        "$(sed -n 's/^Maintainer: //p' debian/control)" "$(date -uR -d "@$1")" >"$made/$name/debian/changelog"
}

# What git has at HEAD, into $made/$name; $date gets the time of the commit.
export_head() {
    [ -z "$(git status --porcelain --untracked-files=no)" ] || echo "$name: without the changes that are not committed" >&2
    git archive --prefix="$name/" HEAD | tar -C "$made" -xf -
    date=$(git log -1 --format=%ct)
    add_changelog "$date"
    add_darknet
}

make_tarball() {
    [ -e .git ] || { echo "make dist: needs the git repository; this is an unpacked tarball" >&2; exit 1; }
    export_head
    tar -C "$made" --sort=name --mtime="@$date" --owner=0 --group=0 --numeric-owner --format=gnu -cf - "$name" | gzip -n >"$made/tar.gz"
    mv "$made/tar.gz" "build/$name.tar.gz"
    echo "build/$name.tar.gz"
}

copy_tree() {
    mkdir -p "$made/$name"
    tar --exclude=./build --exclude=./data --exclude=./backup --exclude=./darknet -cf - . | tar -C "$made/$name" -xf -
    add_darknet
}

make_deb() {
    command -v dpkg-buildpackage >/dev/null || { echo "make deb: needs dpkg-buildpackage (Debian: dpkg-dev debhelper)" >&2; exit 1; }
    if [ -e .git ]; then export_head; else copy_tree; fi
    (cd "$made/$name" && MAKEFLAGS= dpkg-buildpackage -us -uc -b) >&2
    rm -rf build/deb
    mkdir build/deb
    mv "$made"/*.deb "$made"/*.buildinfo "$made"/*.changes build/deb/
    ls build/deb/*.deb
}

case $what in
    tarball) make_tarball ;;
    deb) make_deb ;;
    *) echo "usage: $0 tarball|deb [DARKNET]" >&2; exit 1 ;;
esac
