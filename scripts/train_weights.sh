#!/bin/sh
# Trains a net that ships and puts the results into weights/:
#
#     scripts/train_weights.sh gated_pixelcnn|mnist256|mnist_classify|mnist_dropout|fashion [SECONDS [WEIGHTS]]
#
# SECONDS: 0, to the cfg's max_batches. WEIGHTS: start from them instead of random weights (mnist_classify and mnist_dropout: from
# weights/gated_pixelcnn.weights). No optimizer state ships, so that training on from weights/NAME.weights is a new run: it begins at
# iteration 0 of the cfg's schedule, and burn_in gives the moments of Adam or Muon time to form. Set learning_rate and max_batches in
# the cfg for it. Checkpoints stay in backup/weights; if there is one, the next call resumes it.
#
# It writes NAME.weights (averaged), NAME.csv (the log), NAME.json (likelihood of the whole test set), NAME_500.json (of the first 500
# images, for tests/test_shipped.c), NAME.png (a sheet); mnist_classify_labels.json is the classification of the test set,
# mnist_classify_pool.json that of two nets together.
set -eu
cd "$(dirname "$0")/.."
name=${1:?which net? gated_pixelcnn, mnist256, mnist_classify, mnist_dropout or fashion}
seconds=${2:-0}
cfg=cfg/$name.cfg
backup=backup/weights/$name
log=$backup/$name.csv
scripts/build.sh
case $name in
    fashion) data=$(scripts/get_fashion.sh) ;;
    *) data=$(scripts/get_mnist.sh) ;;
esac

from=${3:-}
case $name in
    mnist_classify | mnist_dropout) from=${from:-weights/gated_pixelcnn.weights} ;;
esac
set -- -backup "$backup" -log "$log" -seconds "$seconds"
[ -z "$from" ] || [ -e "$backup/${name}_last.state" ] || set -- "$from" "$@"
./darknet pixelcnn train "$cfg" "$data" "$@"

cp "$backup/${name}_final.weights" "weights/$name.weights"
cp "$log" "weights/$name.csv"
./darknet pixelcnn sample "$cfg" "weights/$name.weights" -label all -n 10 -scale 1 -out "weights/$name.png"
./darknet pixelcnn eval "$cfg" "weights/$name.weights" "$data" -limit 500 -json >"weights/${name}_500.json"
./darknet pixelcnn eval "$cfg" "weights/$name.weights" "$data" -json >"weights/$name.json"
cat "weights/$name.json"
if [ "$name" = mnist_classify ]; then
    ./darknet pixelcnn classify "$cfg" "weights/$name.weights" "$data" -json >"weights/${name}_labels.json"
    ./darknet pixelcnn classify "$cfg" "weights/$name.weights" "$data" cfg/gated_pixelcnn.cfg weights/gated_pixelcnn.weights \
        -json >"weights/${name}_pool.json"
fi
