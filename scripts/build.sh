#!/bin/sh
# Builds ./darknet, after installing what the build needs and fetching Darknet. Arguments go to make: build.sh ONEDNN=0 builds
# without oneDNN.
set -eu
cd "$(dirname "$0")/.."
onednn=${ONEDNN:-1}
for argument in "$@"; do
    case $argument in ONEDNN=*) onednn=${argument#ONEDNN=} ;; esac
done
scripts/setup.sh gcc make libc6-dev binutils xz-utils ca-certificates $([ "$onednn" = 0 ] || echo libdnnl-dev) libxxhash-dev \
    zlib1g-dev libzip-dev librandom123-dev libstb-dev libgif-dev libpng-dev libjpeg62-turbo-dev libcairo2-dev \
    libfontconfig-dev fonts-dejavu-core
make -s -j"$(nproc)" "$@" >&2
