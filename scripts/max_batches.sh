#!/bin/bash
# What a max_batches that does not suit the time costs: the demo's net on 2,000 digits of MNIST, stopped after
# ITERATIONS at the latest, with the learning rate of each MAX_BATCHES; bits/dim of 1,000 test digits.
#
#     scripts/max_batches.sh [ITERATIONS [MAX_BATCHES...]]      400; as many, ten times as many, a quarter
#
# Results in backup/max_batches.
set -eu
cd "$(dirname "$0")/.."
iterations=${1:-400}
if [ $# -gt 1 ]; then shift; else set -- "$iterations" $((10 * iterations)) $((iterations / 4)); fi
out=backup/max_batches
scripts/build.sh
mnist=$(scripts/get_mnist.sh)
mkdir -p $out/data

content() { if [ -f "$mnist/$1" ]; then cat "$mnist/$1"; else gunzip -c "$mnist/$1.gz"; fi; }
# take FILE N BYTES: an IDX file of its first N items, from a header whose length is in BYTES too.
take() {
    content "$1" 2>/dev/null | head -c 4
    for shift in 24 16 8 0; do printf "\\$(printf %03o $(($2 >> shift & 255)))"; done
    content "$1" 2>/dev/null | tail -c +9 | head -c "$3"
}
for split in "train 2000" "t10k 1000"; do
    read -r name n <<<"$split"
    take "$name-images-idx3-ubyte" "$n" $((8 + n * 784)) >"$out/data/$name-images-idx3-ubyte"
    take "$name-labels-idx1-ubyte" "$n" "$n" >"$out/data/$name-labels-idx1-ubyte"
done

# train NAME MAX_BATCHES: until the checkpoint after $iterations, or to the end.
train() {
    local training
    rm -f "$out/$1"_*
    ./darknet pixelcnn train "$out/$1.cfg" "$out/data" -backup $out -clear -eval_every 0 -save_every "$iterations" -report none \
        >"$out/$1.log" 2>&1 &
    training=$!
    while kill -0 $training && ! [ -e "$out/$1_last.state" ]; do sleep 0.2; done
    if [ "$2" -gt "$iterations" ]; then kill -KILL $training; fi
    wait $training || [ "$2" -gt "$iterations" ]
}

for m; do
    sed "s/^max_batches=.*/max_batches=$m/" cfg/gated_pixelcnn_demo.cfg >"$out/m$m.cfg"
    train "m$m" "$m" 2>/dev/null
    grep -oE '^[0-9]+, .* rate' "$out/m$m.log" | awk -v n="$iterations" -v m="$m" '$1 + 0 <= n {i = $1 + 0; rate = $(NF - 1)}
        END {printf "max_batches %d: %d iterations, learning rate %s at the end: ", m, i, rate}'
    ./darknet pixelcnn eval "$out/m$m.cfg" "$out/m${m}_ema.weights" "$out/data" 2>/dev/null | tail -n 1
done
