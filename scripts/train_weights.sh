#!/bin/sh
# Trains a net that ships and puts the results into weights/:
#
#     scripts/train_weights.sh NAME [SECONDS [WEIGHTS]]
#
# NAME: gated_pixelcnn, mnist256, mnist_binary, mnist_classify, fashion or cifar10_small. DATA: another data set than the
# one that a script fetches; the CIFAR-10 of the weights that ship is made of JPEG copies (weights/README.md).
# SECONDS: 0, to the cfg's max_batches. WEIGHTS: start from them instead of random weights (mnist_classify: from
# weights/gated_pixelcnn.weights). No optimizer state ships, so that training on from weights/NAME.weights is a new run: it begins at
# iteration 0 of the cfg's schedule, and burn_in gives the moments of Adam or Muon time to form. Set learning_rate and max_batches in
# the cfg for it. Checkpoints stay in backup/weights; if there is one, the next call resumes it.
#
# It writes NAME.weights (averaged), NAME.csv (every tenth line of the log, and the validations), NAME.json (likelihood of the whole
# test set), NAME_500.json (of the first 500 images, for tests/test_shipped.c), NAME.png (a sheet); mnist_classify_labels.json is the
# classification of the test set, mnist_classify_pool.json that of two nets together; mnist_binary_seeds.json has a line for each of
# five drawings of the test set, and mnist_binary_threshold.json is the likelihood where values from 128 on are white.
set -eu
cd "$(dirname "$0")/.."
name=${1:?which net? NAME of cfg/NAME.cfg}
seconds=${2:-0}
cfg=cfg/$name.cfg
backup=backup/weights/$name
log=$backup/$name.csv
scripts/build.sh
case $name in
    fashion*) get=scripts/get_fashion.sh ;;
    cifar*) get=scripts/get_cifar.sh ;;
    *) get=scripts/get_mnist.sh ;;
esac
data=${DATA:-$($get)}

from=${3:-}
case $name in
    mnist_classify) from=${from:-weights/gated_pixelcnn.weights} ;;
esac
set -- -backup "$backup" -log "$log" -seconds "$seconds"
[ -z "$from" ] || [ -e "$backup/${name}_last.state" ] || set -- "$from" "$@"
./darknet pixelcnn train "$cfg" "$data" "$@"

cp "$backup/${name}_final.weights" "weights/$name.weights"
awk -F, 'NR == 1 || $1 == 1 || $1 % 10 == 0 || $6 != ""' "$log" >"weights/$name.csv"
labels="-label all -n 10"
[ "$name" != mnist_binary ] || labels="-n 100"
# shellcheck disable=SC2086
./darknet pixelcnn sample "$cfg" "weights/$name.weights" $labels -scale 1 -out "weights/$name.png"
./darknet pixelcnn eval "$cfg" "weights/$name.weights" "$data" -limit 500 -json >"weights/${name}_500.json"
./darknet pixelcnn eval "$cfg" "weights/$name.weights" "$data" -json >"weights/$name.json"
cat "weights/$name.json"
if [ "$name" = mnist_binary ]; then
    for seed in 0 1 2 3 4; do
        ./darknet pixelcnn eval "$cfg" "weights/$name.weights" "$data" -binarise_seed "$seed" -json
    done >weights/mnist_binary_seeds.json
    sed 's/^binarise=bernoulli/binarise=threshold/' "$cfg" >"$backup/threshold.cfg"
    ./darknet pixelcnn eval "$backup/threshold.cfg" "weights/$name.weights" "$data" -json >weights/mnist_binary_threshold.json
fi
if [ "$name" = mnist_classify ]; then
    ./darknet pixelcnn classify "$cfg" "weights/$name.weights" "$data" -json >"weights/${name}_labels.json"
    ./darknet pixelcnn classify "$cfg" "weights/$name.weights" "$data" cfg/gated_pixelcnn.cfg weights/gated_pixelcnn.weights \
        -json >"weights/${name}_pool.json"
fi
