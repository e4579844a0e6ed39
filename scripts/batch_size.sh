#!/bin/bash
# Bits/dim after equal images, for batches and learning rates: batch_size.sh [IMAGES] [FILTERS] (36,864, 12). The first four gated layers of
# cfg/bench/small4.cfg, with so many filters, and its head, on data/mnist with one rate from start to end: batch 16 at rates RATES, then 64 and
# 256 at the best of them, at that times the square root of the factor, and times the factor. Updates are IMAGES / batch.
# SEEDS="1 2": the mean of both, and how far apart they are. Docs: docs/cluster.md.
set -eu
cd "$(dirname "$0")/.."
images=${1:-36864} filters=${2:-12} data=${DATA:-data/mnist} program=${PROGRAM:-build/cpu/darknet}
((images % 256 == 0)) || { echo "batch_size.sh: $images images are no multiple of 256, the largest batch" >&2; exit 1; }
[ -x "$program" ] || make -s "$program"
. scripts/held_out.sh

# net BATCH RATE: prints the cfg, without eight of small4's gated layers.
net() {
    awk -v batch="$1" -v rate="$2" -v updates=$((images / $1)) -v filters="$filters" '
        /^\[/ { ++section }
        section >= 7 && section <= 14 { next }
        /^batch=/ { $0 = "batch=" batch }
        /^learning_rate=/ { $0 = "learning_rate=" rate }
        /^max_batches=/ { $0 = "max_batches=" updates }
        /^filters=32$/ { $0 = "filters=" filters }
        { print }' cfg/bench/small4.cfg
}

# row BATCH RATE WORDS
row() {
    local seed
    net "$1" "$2" >"$folder/net.cfg"
    for seed in ${SEEDS:-1}; do held_out_bits "$seed" || exit; done >"$folder/bits"
    awk -v batch="$1" -v rate="$2" -v words="$3" -v updates=$((images / $1)) -v best="$folder/best" '
        $1 == "inf" { ++ended; next }
        { sum += $1; if (!n++ || $1 < low) low = $1; if ($1 > high) high = $1 }
        END {
            printf "batch %3d  rate %-8g %-12s %5d updates  ", batch, rate, words, updates
            if (ended) { print ended " of " ended + n " ended by NaN"; exit }
            printf "%.4f bits/dim", sum / n
            printf (n > 1 ? "  seeds differ by %.4f\n" : "\n"), high - low
            print sum / n, rate >>best
        }' "$folder/bits"
}

: >"$folder/best"
for rate in ${RATES:-0.001 0.002 0.004 0.008 0.016}; do row 16 "$rate" "one of some"; done
base=$(sort -g "$folder/best" | awk 'NR == 1 { print $2 }')
for batch in 64 256; do
    row $batch "$base" "the same"
    row $batch "$(awk -v r="$base" -v f=$((batch / 16)) 'BEGIN { print r * sqrt(f) }')" "square root"
    row $batch "$(awk -v r="$base" -v f=$((batch / 16)) 'BEGIN { print r * f }')" "linear"
done
