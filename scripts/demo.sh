#!/bin/sh
# From a fresh clone to drawn digits: installs what is missing, fetches Darknet and MNIST, builds, trains
# cfg/gated_pixelcnn_demo.cfg (a few minutes on two cores), draws 64 sevens and prints the likelihood of the test
# set. A second run reuses what exists. If MNIST cannot be fetched, the demo stops; it uses no other data.
set -eu
cd "$(dirname "$0")/.."
cfg=cfg/gated_pixelcnn_demo.cfg
backup=backup/demo
weights=$backup/gated_pixelcnn_demo_final.weights
sheet=$backup/sevens.png

scripts/build.sh
data=$(scripts/get_mnist.sh)
if [ ! -f "$weights" ]; then
    ./darknet pixelcnn train "$cfg" "$data" -backup "$backup" -log "$backup.csv" -seconds 285
    n=$(tail -n 1 "$backup.csv" | cut -d, -f 1)
    [ "$n" -ge 3000 ] || echo "only $n iterations in 285 seconds, on a slow or busy machine: expect bad digits. To continue training:" \
        "./darknet pixelcnn train $cfg $data -backup $backup -log $backup.csv -seconds 600; then scripts/demo.sh again" >&2
fi
./darknet pixelcnn sample "$cfg" "$weights" -label 7 -guidance 1 -n 64 -scale 2 -out "$sheet" 2>/dev/null
./darknet pixelcnn eval "$cfg" "$weights" "$data" 2>/dev/null
