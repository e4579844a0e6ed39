#!/bin/bash
# Bits/dim after equal images, for batches and learning rates: batch_size.sh [IMAGES] [FILTERS] (16,000, 12). cfg/bench/small4.cfg with so many
# filters on data/mnist: batch 16 at rates RATES, then 64 and 256 at the best of them, times the square root of the factor, times the factor.
# Updates are IMAGES / batch. SEEDS="1 2": the mean of both, and how far apart they are.
set -eu
cd "$(dirname "$0")/.."
images=${1:-16000} filters=${2:-12} data=${DATA:-data/mnist} program=${PROGRAM:-build/cpu/darknet}
[ -x "$program" ] || make -s "$program"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# bits BATCH RATE SEED: of the held-out images at the end
bits() {
    sed -E "s/^batch=.*/batch=$1/; s/^learning_rate=.*/learning_rate=$2/; s/^max_batches=.*/max_batches=$((images / $1))/
        s/^filters=32/filters=$filters/" cfg/bench/small4.cfg >"$folder/net.cfg"
    rm -rf "$folder/run"
    "$program" pixelcnn train "$folder/net.cfg" "$data" -seed "$3" -eval_every 0 -report none -backup "$folder/run" \
        >/dev/null 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
    awk -F, '$6 != "" { last = $6 } END { print last }' "$folder/run/net.csv"
}

# row BATCH RATE WORDS
row() {
    local seed
    for seed in ${SEEDS:-1}; do bits "$1" "$2" "$seed"; done >"$folder/bits"
    awk -v batch="$1" -v rate="$2" -v words="$3" -v updates=$((images / $1)) -v best="$folder/best" '
        { sum += $1; if (NR == 1 || $1 < low) low = $1; if ($1 > high) high = $1 }
        END {
            printf "batch %3d  rate %-8g %-12s %5d updates  %.4f bits/dim", batch, rate, words, updates, sum / NR
            printf NR > 1 ? "  seeds differ by %.4f\n" : "\n", high - low
            print sum / NR, rate >>best
        }' "$folder/bits"
}

for rate in ${RATES:-0.001 0.002 0.004 0.008}; do row 16 "$rate" "one of some"; done
base=$(sort -g "$folder/best" | awk 'NR == 1 { print $2 }')
for batch in 64 256; do
    row $batch "$base" "the same"
    row $batch "$(awk -v r="$base" -v f=$((batch / 16)) 'BEGIN { print r * sqrt(f) }')" "square root"
    row $batch "$(awk -v r="$base" -v f=$((batch / 16)) 'BEGIN { print r * f }')" "linear"
done
