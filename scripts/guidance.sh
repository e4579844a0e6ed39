#!/bin/sh
# Does guidance bring samples closer to their labels? Trains a stock Darknet classifier on MNIST and lets it classify N samples of
# each label, without and with guidance: of a small net that is trained here, or of the weights named.
#
#     scripts/guidance.sh [N [CFG WEIGHTS]]      20
set -eu
cd "$(dirname "$0")/.."
n=${1:-20} cfg=${2:-cfg/guidance.cfg} weights=${3:-backup/guidance/guidance_final.weights}
out=backup/guidance
scripts/build.sh
scripts/setup.sh libcmocka-dev
make -s build/cpu/tests/judge >&2
data=$(scripts/get_mnist.sh)
mkdir -p $out
[ -f $out/judge.weights ] || build/cpu/tests/judge train cfg/mnist_classifier.cfg cfg/guidance.cfg "$data" $out/judge.weights 2>/dev/null
[ -f "$weights" ] || ./darknet pixelcnn train cfg/guidance.cfg "$data" -backup $out 2>$out/train.log >&2
./darknet pixelcnn eval "$cfg" "$weights" "$data" 2>/dev/null | tail -n 1
for w in 0 1; do
    build/cpu/tests/judge cfg/mnist_classifier.cfg $out/judge.weights "$cfg" "$weights" $w "$n" 2>/dev/null
done
