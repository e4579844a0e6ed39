#!/bin/bash
# How fast are images compressed and decompressed, compared with sampling from the same net? bench_codec.sh [ROUNDS [N]]
#
#     scripts/bench_codec.sh              3 rounds of 128 images for each net and number of threads: about 3 minutes
#     NETS=fashion DATA=data/fashion scripts/bench_codec.sh
#
# Times whole processes, in alternating rounds; prints a markdown table of their
# medians. A block keeps one thread busy, so there is one for each thread. Fails unless the images come back
# unchanged. Needs an idle machine; works in build/bench_codec.
set -eu
cd "$(dirname "$0")/.."
rounds=${1:-3} n=${2:-128}
nets=${NETS:-mnist256 gated_pixelcnn} data=${DATA:-data/mnist}
. scripts/figures.sh
counts=$([ "$threads" -gt 1 ] && echo "1 $threads" || echo 1)
out=build/bench_codec
rm -rf "$out"
mkdir -p "$out"

# timed WHAT COMMAND...: its seconds to the file of that name.
timed() {
    local what=$1 start=$EPOCHREALTIME
    shift
    "$@" >"$out/said" 2>&1 || { tail -n 3 "$out/said" >&2; exit 1; }
    awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN {print b - a}' >>"$out/$what"
}
median() { sort -g "$1" | awk '{x[NR] = $1} END {printf "%.4f", (x[int((NR + 1) / 2)] + x[int(NR / 2) + 1]) / 2}'; }

machine
echo "$rounds rounds of $n images, medians"
for net in $nets; do # the images in the net's levels, and their bytes
    ./darknet pixelcnn compress "$net" "$data" -limit "$n" -quantise -out "$out/$net.gpc" -json >"$out/$net.json" 2>/dev/null
    ./darknet pixelcnn decompress "$net" "$out/$net.gpc" -out "$out/$net.npz" >/dev/null 2>&1
done
for ((round = 1; round <= rounds; ++round)); do
    for net in $nets; do
        for t in $counts; do
            echo "round $round of $rounds: $net, $t thread(s)" >&2
            export OMP_NUM_THREADS=$t
            block=$(((n + threads - 1) / threads))
            timed "$net.$t.compress" ./darknet pixelcnn compress "$net" "$out/$net.npz" -block $block -out "$out/x.gpc"
            timed "$net.$t.decompress" ./darknet pixelcnn decompress "$net" "$out/x.gpc" -out "$out/x.npz"
            timed "$net.$t.sample" ./darknet pixelcnn sample "$net" -n "$n" -out "$out/drawn.png" -npy "$out/drawn.npz"
            cmp "$out/x.npz" "$out/$net.npz"
        done
    done
done

echo
echo "| net | threads | compress, images/s | MB/s | decompress, images/s | MB/s | sample, images/s | MB/s |"
echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
for net in $nets; do
    bytes=$(sed -n 's/.*"raw_bytes": \([0-9]*\).*/\1/p' "$out/$net.json")
    for t in $counts; do
        printf '| %s | %d |' "$net" "$t"
        for what in compress decompress sample; do
            awk -v s="$(median "$out/$net.$t.$what")" -v n="$n" -v b="$bytes" 'BEGIN {printf " %.1f | %.4f |", n / s, b / 1e6 / s}'
        done
        echo
    done
done
