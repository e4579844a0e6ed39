#!/bin/bash
# Does every include point down, and does the check of that find one that points up? Prints TAP.
cd "$(dirname "$0")/.."
echo 1..3
if tests/check_rooms.py; then echo "ok 1 - every include points down"; else echo "not ok 1 - every include points down"; fi

copy=$(mktemp -d "${TMPDIR:-/tmp}/pixelcnn-rooms.XXXXXX")
trap 'rm -rf "$copy"' EXIT
cp -r base layers pixelcnn host library "$copy"

# refuses NUMBER NAME PATTERN
refuses() {
    local said
    if said=$(tests/check_rooms.py "$copy") || ! grep -q "$3" <<<"$said"; then
        echo "not ok $1 - $2"
        echo "# expected exit status 1 and \"$3\", got: $said"
    else
        echo "ok $1 - $2"
    fi
}
echo '#include "pixelcnn/train/solver.h"' >>"$copy/layers/math/panel.c"
refuses 2 "an include that points up is refused" "^layers/math/panel.c includes pixelcnn/train/solver.h: layers/math stands below"
mv "$copy/base/csv.c" "$copy/pixelcnn/csv.c"
refuses 3 "a file outside the rooms is refused" "^pixelcnn/csv.c: not in a room"
