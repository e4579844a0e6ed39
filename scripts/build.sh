#!/bin/sh
# Builds ./darknet, after installing what the build needs and fetching Darknet.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh gcc make libc6-dev binutils xz-utils ca-certificates libdnnl-dev libxxhash-dev zlib1g-dev libzip-dev \
    librandom123-dev libstb-dev libgif-dev libpng-dev libjpeg62-turbo-dev libcairo2-dev libfontconfig-dev \
    fonts-dejavu-core
make -s -j"$(nproc)" "$@" >&2
