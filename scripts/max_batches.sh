#!/bin/bash
# What a max_batches that does not suit the time costs: the demo's net with 12 filters, stopped after ITERATIONS
# at the latest, with the learning rate of each MAX_BATCHES; bits/dim of 1,000 test digits.
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
data=$(scripts/get_mnist.sh)
mkdir -p $out

# Trains until the checkpoint after $iterations, or to the end: what comes later is of no interest, and not saved.
train() {
    local name=$1 training
    rm -f "$out/${name}"_*
    ./darknet pixelcnn train "$out/$name.cfg" "$data" -backup $out -clear -eval_every 0 -save_every "$iterations" -report none \
        >"$out/$name.log" 2>&1 &
    training=$!
    while kill -0 $training 2>/dev/null && [ ! -e "$out/${name}_last.state" ]; do sleep 0.2; done
    if [ "$2" -gt "$iterations" ]; then kill -KILL $training 2>/dev/null || true; fi
    wait $training || [ "$2" -gt "$iterations" ]
}

for m; do
    sed "s/^max_batches=.*/max_batches=$m/; s/^filters=32/filters=12/; s/^burn_in=.*/burn_in=40/" cfg/gated_pixelcnn_demo.cfg \
        >"$out/m$m.cfg"
    train "m$m" "$m" 2>/dev/null
    grep -oE '^[0-9]+, .* rate' "$out/m$m.log" | awk -v n="$iterations" -v m="$m" '$1 + 0 <= n {last = $0} END {
        split(last, x, /[:,] */); rate = last; sub(/ rate$/, "", rate); sub(/.* /, "", rate)
        printf "max_batches %d: %d iterations, learning rate %s at the end: ", m, x[1], rate}'
    ./darknet pixelcnn eval "$out/m$m.cfg" "$out/m${m}_ema.weights" "$data" -limit 1000 2>/dev/null | tail -n 1
done
