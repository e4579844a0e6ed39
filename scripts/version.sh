#!/bin/sh
# Prints the version, which library/pixelcnn.h alone states.
set -eu
version=$(sed -n 's/^#define PIXELCNN_VERSION "\([0-9][0-9.]*\)"$/\1/p' "$(dirname "$0")/../library/pixelcnn.h")
[ -n "$version" ] || { echo "library/pixelcnn.h: no PIXELCNN_VERSION" >&2; exit 1; }
echo "$version"
