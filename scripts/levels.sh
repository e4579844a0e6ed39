#!/bin/sh
# The blog's series: one architecture with 4, 8, 16, 32, 64, 128 and 256 levels, each trained for the same time, and
# the sheets side by side.
#
#     scripts/levels.sh [SECONDS] [CFG] [DATA]      600 seconds each, cfg/gated_pixelcnn.cfg, data/mnist
#
# LEVELS="4 16" selects others. Results in backup/levels: a cfg, weights and a sheet for each, levels.png, levels.txt.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-600}
cfg=${2:-cfg/gated_pixelcnn.cfg}
out=backup/levels
scripts/build.sh
scripts/setup.sh imagemagick
data=${3:-$(scripts/get_mnist.sh)}
mkdir -p $out
for levels in ${LEVELS:-4 8 16 32 64 128 256}; do
    net=$out/way$levels
    # The last convolution feeds the loss: its filters are the levels.
    tac "$cfg" | awk -v l="$levels" '/^levels *=/ {$0 = "levels=" l} /^filters *=/ && !done {$0 = "filters=" l; done = 1} {print}' |
        tac > $net.cfg
    ./darknet pixelcnn train $net.cfg "$data" -backup $out -clear -seconds "$seconds" -log $net.csv 2>$net.log >&2
    ./darknet pixelcnn sample $net.cfg ${net}_final.weights -label all -n 4 -scale 1 -out $net.png >&2 2>/dev/null
    printf '%3d levels: ' "$levels"
    ./darknet pixelcnn eval $net.cfg ${net}_final.weights "$data" 2>/dev/null | tail -n 1
done | tee $out/levels.txt
set --
for levels in ${LEVELS:-4 8 16 32 64 128 256}; do set -- "$@" $out/way"$levels".png; done
convert "$@" -bordercolor white -border 6 +append $out/levels.png
echo "$out/levels.png"
