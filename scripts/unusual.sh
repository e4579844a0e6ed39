#!/bin/bash
# Is it unusual? The shipped nets of MNIST and of Fashion-MNIST score N test images (2000) of both sets, plainly, against a
# background net and against a PNG's size; prints a table of AUROC with 95 % intervals (scripts/auroc.py), in markdown.
#
#     scripts/unusual.sh [N] [RATE]      2000, 0.3: a quarter of an hour on two cores
#
# A background net (Ren et al. 2019) is small, without label, of the same levels, and trained on 10,000 training images of the
# net's own set in which each pixel is replaced at random with probability RATE. Results stay in backup/unusual.
set -eu
cd "$(dirname "$0")/.."
n=${1:-2000}
rate=${2:-0.3}
out=backup/unusual
python=${PYTHON:-python3}
scripts/build.sh
mnist=$(scripts/get_mnist.sh)
fashion=$(scripts/get_fashion.sh)
mkdir -p $out

# background NAME LEVELS DATA: trains it, unless it exists, and sets `against`.
background() {
    local folder=$out/$1_$rate source=$3/train-images-idx3-ubyte
    against="$folder/$1.cfg $folder/$1_final.weights"
    [ ! -f "$folder/$1_final.weights" ] || return 0
    [ -f "$source" ] || source=$source.gz
    mkdir -p "$folder/data"
    "$python" scripts/noisy_idx.py "$source" 10000 "$rate" "$folder/data/train-images-idx3-ubyte"
    # The last convolution feeds the loss: its filters are the levels.
    sed '/^\[label_embed\]/,/^$/d; s/^max_batches=.*/max_batches=1200/' cfg/gated_pixelcnn_demo.cfg | tac |
        awk -v l="$2" '/^levels=/ {$0 = "levels=" l} /^filters=/ && !done {$0 = "filters=" l; done = 1} {print}' |
        tac >"$folder/$1.cfg"
    ./darknet pixelcnn train "$folder/$1.cfg" "$folder/data" -backup "$folder" >&2
}

# scores CFG WEIGHTS SET: CSVs of both test sets. SET names the one that the net knows.
scores() {
    local data
    for data in "$mnist" "$fashion"; do
        # shellcheck disable=SC2086
        ./darknet pixelcnn score "$1" "$2" "$data" -label all -limit "$n" -against $against -complexity \
            -csv "$out/$3_${rate}_$(basename "$data").csv" >&2
    done
}

# rows TEXT USUAL UNUSUAL: a row of the table, with the numbers of images.
rows() {
    local cells
    cells=$("$python" scripts/auroc.py "$2" "$3" nats ratio_nats excess_bits |
        awk 'NR == 1 {printf " %d, %d |", $5, $6} {printf " %.4f (%.4f to %.4f) |", $2, $3, $4}')
    echo "| $1 |$cells"
}

background mnist 4 "$mnist"
scores cfg/gated_pixelcnn.cfg weights/gated_pixelcnn.weights mnist
background fashion 8 "$fashion"
scores cfg/fashion.cfg weights/fashion.weights fashion
own_mnist=$(basename "$mnist") own_fashion=$(basename "$fashion")
echo "| trained on, unusual | images of each | nats | ratio_nats, background of $rate | excess_bits |"
echo "| --- | ---: | ---: | ---: | ---: |"
rows "MNIST, 4 levels; Fashion-MNIST" "$out/mnist_${rate}_$own_mnist.csv" "$out/mnist_${rate}_$own_fashion.csv"
rows "Fashion-MNIST, 8 levels; MNIST" "$out/fashion_${rate}_$own_fashion.csv" "$out/fashion_${rate}_$own_mnist.csv"
