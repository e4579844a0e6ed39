#!/bin/bash
# Compares .gpc files with other compressors' files of the same images: compare_codecs.sh NET DATA [N [OPTIONS of compress]]
#
#     scripts/compare_codecs.sh mnist256 data/mnist 500
#     scripts/compare_codecs.sh "my.cfg backup/my/my_final.weights" my 500 -quantise
#     SOAK=1 tests/test_round_trip.sh; KINDS=stacks scripts/compare_codecs.sh build/round_trip/mnist256
#
# The first N (500) test images of DATA, in the net's levels: as a .gpc file; as PNG (optipng -o7), lossless WebP
# (cwebp -z 9) and lossless JPEG XL (cjxl -e 9), each image in a file of its own and 500 stacked in one file
# (KINDS="stacks each"); as raw bytes with xz -9e and zstd -19. Prints a markdown table: bytes, bits/dim, seconds of
# one core (.gpc: of all threads that OMP_NUM_THREADS allows). The other compressors get the images that another
# process decompresses from the .gpc file. Works in build/compare_codecs. NET may be a folder of test_round_trip.sh,
# whose file and images are then used.
set -eu
cd "$(dirname "$0")/.."
net=$1 data=${2:-} n=${3:-500}
shift $(($# < 3 ? $# : 3))
scripts/setup.sh optipng webp libjxl-tools xz-utils zstd python3 >&2
out=build/compare_codecs/$(basename "${net%% *}" .cfg)
rm -rf "$out"
mkdir -p "$out"

# row NAME BYTES SECONDS
row() { awk -v n="$1" -v b="$2" -v s="$3" -v d="$dims" 'BEGIN {printf "| %s | %d | %.4f | %.2f |\n", n, b, 8 * b / d, s}'; }
bytes() { cat "$@" | wc -c; }
# measured NAME FILES COMMAND...: a row for the command's output, with its seconds.
measured() {
    local name=$1 files=$2 start=$EPOCHREALTIME
    shift 2
    "$@" >/dev/null 2>"$out/said" || { tail -n 3 "$out/said" >&2; exit 1; }
    # shellcheck disable=SC2086
    row "$name" "$(bytes $files)" "$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN {print b - a}')"
}
png() { for f in "$1"/*.p[gp]m; do optipng -quiet -o7 -out "${f%.*}.png" "$f"; done; }
webp() { for f in "$1"/*.png; do cwebp -quiet -lossless -exact -z 9 "$f" -o "${f%.*}.webp"; done; }
jxl() { for f in "$1"/*.png; do cjxl --quiet -d 0 -e 9 --num_threads=0 "$f" "${f%.*}.jxl"; done; }

field() { sed -n "s/.*\"$2\": \([0-9.]*\).*/\1/p" "$out/$1.json"; }
# shellcheck disable=SC2086
if [ -d "$net" ]; then
    cp "$net"/*.json "$net/images.gpc" "$out"
    idx=$net/back/t10k-images-idx3-ubyte n=$(field compress images)
else
    ./darknet pixelcnn compress $net "$data" -limit "$n" -out "$out/images.gpc" "$@" -json >"$out/compress.json"
    ./darknet pixelcnn decompress $net "$out/images.gpc" -n 1 -test -json >"$out/decompress.json"
    idx=$out/t10k-images-idx$([ "$(field decompress channels)" = 1 ] && echo 3 || echo 4)-ubyte
    ./darknet pixelcnn decompress $net "$out/images.gpc" -out "$idx" -json >"$out/decompress.json"
fi
dims=$(field compress raw_bytes)
scripts/stack_pictures.py "$idx" "$out"
echo "| $n images, $dims values | bytes | bits/dim | seconds |"
echo "| --- | ---: | ---: | ---: |"
row "raw" "$dims" 0
row ".gpc, decompressed in $(field decompress seconds) seconds" "$(stat -c %s "$out/images.gpc")" "$(field compress seconds)"
for kind in ${KINDS:-stacks each}; do
    measured "PNG, $kind" "$out/$kind/*.png" png "$out/$kind"
    measured "WebP, $kind" "$out/$kind/*.webp" webp "$out/$kind"
    measured "JPEG XL, $kind" "$out/$kind/*.jxl" jxl "$out/$kind"
done
measured "xz -9e, raw" "$out/raw.xz" xz -9e -k "$out/raw"
measured "zstd -19, raw" "$out/raw.zst" zstd -q -19 -k "$out/raw"
