#!/bin/bash
# Measures likelihood over training time: ours and PyTorch train cfg/bench/small4.cfg on MNIST with the same settings, alternately,
# from new random weights each time. Loading and evaluation do not count as training. max_batches is what each makes in that time, by
# a first run of ten seconds, so that a learning rate that falls has fallen at the end. Prints markdown.
#
#     scripts/time_to_quality.sh [SECONDS...]      60 120 240: a quarter of an hour
#
# CFG, DATA and LIMIT (the first 1000 test images; 0: all) change the defaults. Weights and logs stay in backup/quality.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- 60 120 240
cfg=${CFG:-cfg/bench/small4.cfg}
limit=${LIMIT:-1000}
out=backup/quality
. scripts/figures.sh
scripts/build.sh
scripts/setup.sh python3-torch || echo "without python3-torch PyTorch is not measured" >&2
data=${DATA:-$(scripts/get_mnist.sh)}
mkdir -p $out

# train_ours SECONDS UPDATES
train_ours() {
    sed "s/^max_batches=.*/max_batches=$2/" "$cfg" >"$out/net.cfg"
    ./darknet pixelcnn train $out/net.cfg "$data" -backup "$out/$1" -clear -seconds "$1" -save_every 0 -eval_every 0 -report none \
        -log "$out/$1.csv" >/dev/null 2>"$out/$1.log"
    ./darknet pixelcnn eval $out/net.cfg "$out/$1/net_final.weights" "$data" -limit "$limit" -json >"$out/$1.ours.json" 2>/dev/null
}

# train_torch SECONDS UPDATES
train_torch() {
    "$python" scripts/bench_torch.py quality "$cfg" "$data" -seconds "$1" -updates "$2" -limit "$limit" >"$out/$1.torch.json" ||
        [ $? = 77 ]
}

# Images that ours was trained on: the second column of the last iteration's line.
images_of() { awk -F, '$4 {n = $2} END {print n}' "$out/$1.csv"; }

batch=$(sed -n 's/^batch=//p' "$cfg")
train_ours 10 1000000
train_torch 10 1000000
# updates IMAGES SECONDS: prints how many updates fit into SECONDS, if 10 seconds were enough for IMAGES
updates() { show %.0f "$(($2 * ${1:-0}))" $((10 * batch)); }

machine
echo
echo "| seconds of training | bits/dim, ours | bits/dim, PyTorch | images trained on, ours | PyTorch |"
echo "| --- | ---: | ---: | ---: | ---: |"
for s in "$@"; do
    train_ours "$s" "$(updates "$(images_of 10)" "$s")"
    train_torch "$s" "$(updates "$(figure images $out/10.torch.json)" "$s")"
    echo "| $s | $(show %.4f "$(figure bits_per_dim "$out/$s.ours.json")") |" \
        "$(show %.4f "$(figure bits_per_dim "$out/$s.torch.json")") | $(images_of "$s") |" \
        "$(show %.0f "$(figure images "$out/$s.torch.json")") |"
done
