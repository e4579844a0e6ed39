#!/bin/bash
# Measures how cost grows on nets like cfg/bench/small4.cfg: sampling with image size and number of layers, training with the
# batch. Prints markdown; the last column of each table is constant if the growth is linear.
#
#     scripts/bench_growth.sh [SECONDS]      each measurement repeated for 1 second: about 3 minutes
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-1}
. scripts/figures.sh
scripts/build.sh
scratch=$(mktemp -d "${TMPDIR:-/tmp}/growth.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# write_cfg SIDE BLOCKS: small4's net on images of SIDE x SIDE, with BLOCKS of a vertical and a horizontal layer.
write_cfg() {
    printf '[net]\nbatch=16\nheight=%d\nwidth=%d\nchannels=1\nadam=1\nlearning_rate=0.001\nclip_norm=1\nmax_batches=1\n' "$1" "$1"
    printf '[label_embed]\nclasses=10\nsize=16\n[gated_vstack]\nfilters=32\nsize=7\n[gated_hstack]\nfilters=32\nsize=7\nmask=a\n'
    for _ in $(seq 2 "$2"); do printf '[gated_vstack]\nfilters=32\n[gated_hstack]\nfilters=32\n'; done
    printf '[skip_sum]\nfilters=32\nactivation=relu\n[convolutional]\nfilters=32\nactivation=relu\n'
    printf '[convolutional]\nfilters=4\nactivation=linear\n[pixel_softmax]\nlevels=4\n'
}

# bench SIDE BLOCKS OPTION...: leaves the figures in $scratch/json.
bench() {
    write_cfg "$1" "$2" >"$scratch/net.cfg"
    shift 2
    ./darknet pixelcnn bench "$scratch/net.cfg" -seconds "$seconds" -json "$@" >"$scratch/json" 2>/dev/null
}

of() { figure "$1" "$scratch/json"; }

machine
echo
echo "| pixels | sampling 1 image, s | 16 images, s | 256 images, s | 16 images / forward pass of 16 | us per pixel and image (of 256) |"
echo "| --- | ---: | ---: | ---: | ---: | ---: |"
for side in ${SIDES:-14 28 56 112}; do
    bench "$side" 6 -only sampling
    echo "| $side x $side | $(show %.4f "$(of sampling_1_seconds)") | $(show %.4f "$(of sampling_batch_seconds)") |" \
        "$(show %.3f "$(of sampling_256_seconds)") | $(show %.2f "$(of sampling_batch_per_pass)") |" \
        "$(show %.3f "$(of sampling_256_seconds)" "$(awk -v s="$side" 'BEGIN {print s * s * 256 / 1e6}')") |"
done
echo
echo "| blocks | sampling 1 image, s | 16 images, s | 256 images, s | ms per additional block (256 images) |"
echo "| --- | ---: | ---: | ---: | ---: |"
before=0 fewer=0
for blocks in ${BLOCKS:-3 6 12 24}; do
    bench 28 "$blocks" -only sampling
    many=$(of sampling_256_seconds)
    more=$(awk -v t="$many" -v b="$blocks" -v t0="$before" -v b0="$fewer" 'BEGIN {if (b0) print (t - t0) / (b - b0) * 1e3}')
    echo "| $blocks | $(show %.4f "$(of sampling_1_seconds)") | $(show %.4f "$(of sampling_batch_seconds)") |" \
        "$(show %.3f "$many") | $(show %.2f "$more") |"
    before=$many fewer=$blocks
done
echo
echo "| batch | training, images/s | peak memory, MiB | ms per image |"
echo "| --- | ---: | ---: | ---: |"
for batch in ${BATCHES:-2 4 8 16 32 64 128}; do
    bench 28 6 -only training -batch "$batch"
    rate=$(of training_images_per_second)
    echo "| $batch | $(show %.1f "$rate") | $(show %.0f "$(of peak_memory_mib)") | $(show %.3f 1000 "$rate") |"
done
