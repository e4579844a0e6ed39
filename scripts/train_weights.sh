#!/bin/sh
# Trains a net that ships, from its shipped checkpoint if there is one, and puts the results into weights/:
#
#     scripts/train_weights.sh gated_pixelcnn|mnist256|mnist_classify|mnist_dropout|fashion [SECONDS]      0: to the cfg's max_batches
#
# NAME.weights (averaged), NAME.csv (the log), NAME.json (likelihood of the whole test set), NAME_500.json (of the
# first 500 images, for tests/test_shipped.c), NAME.png (a sheet). The checkpoints stay in backup/weights. If
# NAME_last.state.gz ships, it and NAME_last.weights are replaced too, and the next call resumes from them.
# mnist_classify and mnist_dropout start from weights/gated_pixelcnn.weights; mnist_classify_labels.json is its classification
# of the test set, mnist_classify_pool.json that of the two together.
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

# A fresh clone resumes the checkpoint that ships.
state=weights/${name}_last.state.gz
if [ -f "$state" ] && [ ! -e "$backup" ]; then
    mkdir -p "$backup"
    gunzip -c "$state" >"$backup/${name}_last.state"
    cp "weights/${name}_last.weights" "$backup/"
    cp "weights/$name.csv" "$log"
fi
set -- -backup "$backup" -log "$log" -seconds "$seconds"
case $name in
    mnist_classify | mnist_dropout) # start from the default net's weights
        [ -e "$backup/${name}_last.state" ] || set -- weights/gated_pixelcnn.weights -clear "$@" ;;
esac
./darknet pixelcnn train "$cfg" "$data" "$@"

cp "$backup/${name}_final.weights" "weights/$name.weights"
cp "$log" "weights/$name.csv"
if [ -f "$state" ]; then
    gzip -n9 -c "$backup/${name}_last.state" >"$state"
    cp "$backup/${name}_last.weights" weights/
fi
./darknet pixelcnn sample "$cfg" "weights/$name.weights" -label all -n 10 -scale 1 -out "weights/$name.png"
./darknet pixelcnn eval "$cfg" "weights/$name.weights" "$data" -limit 500 -json >"weights/${name}_500.json"
./darknet pixelcnn eval "$cfg" "weights/$name.weights" "$data" -json >"weights/$name.json"
cat "weights/$name.json"
if [ "$name" = mnist_classify ]; then
    ./darknet pixelcnn classify "$cfg" "weights/$name.weights" "$data" -json >"weights/${name}_labels.json"
    ./darknet pixelcnn classify "$cfg" "weights/$name.weights" "$data" cfg/gated_pixelcnn.cfg weights/gated_pixelcnn.weights \
        -json >"weights/${name}_pool.json"
fi
