#!/bin/sh
# Do samples of cfg/colour_small.cfg show what their label says? Trains it and a stock Darknet classifier on pictures of five
# classes that scripts/make_pictures.py draws, and has the classifier read N samples (40) of each. A sheet shows samples
# beside the training images that are nearest to them.
set -eu
cd "$(dirname "$0")/.."
n=${1:-40}
out=backup/colour
pictures=$out/pictures
judge=build/cpu/tests/judge
scripts/build.sh
scripts/setup.sh libcmocka-dev
scripts/setup.sh python3-numpy
make -s $judge >&2
[ -d $pictures ] || scripts/make_pictures.py $pictures 200
[ -f $out/judge.weights ] || $judge train cfg/picture_classifier.cfg cfg/colour_small.cfg $pictures $out/judge.weights 2>/dev/null
[ -f $out/colour_small_final.weights ] || ./darknet pixelcnn train cfg/colour_small.cfg $pictures -backup $out 2>$out/train.log >&2
./darknet pixelcnn eval cfg/colour_small.cfg $out/colour_small_final.weights $pictures 2>/dev/null | tail -n 1
for w in 0 1; do
    $judge cfg/picture_classifier.cfg $out/judge.weights cfg/colour_small.cfg $out/colour_small_final.weights $w "$n" 2>/dev/null
done
$judge nearest cfg/colour_small.cfg $out/colour_small_final.weights $pictures 3 $out/nearest.png 2>/dev/null
echo "$out/nearest.png: samples, each beside the three training images that are nearest to it"
