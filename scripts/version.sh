#!/bin/sh
# Prints the version, which is defined in library/pixelcnn.h only.
set -eu
version=$(sed -n 's/^#define PIXELCNN_VERSION "\([0-9][0-9.]*\)"$/\1/p' "$(dirname "$0")/../library/pixelcnn.h")
[ -n "$version" ] || { echo "library/pixelcnn.h: no PIXELCNN_VERSION" >&2; exit 1; }
echo "$version"
