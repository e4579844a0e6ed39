#!/bin/sh
# Builds Debian packages in build/deb and prints their names, after installing what that needs and fetching Darknet.
# DEB_BUILD_OPTIONS=nocheck leaves out the tests (make check).
set -eu
cd "$(dirname "$0")/.."
needed=$(sed -n '/^Build-Depends:/,/^$/s/^ \([a-z0-9.+-]*\).*/\1/p' debian/control |
    sed 's/^debhelper-compat$/debhelper/; s/^dh-sequence-python3$/dh-python/')
scripts/setup.sh build-essential git xz-utils ca-certificates $needed
make -s deb
