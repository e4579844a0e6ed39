#!/bin/bash
# Test images of MNIST (Fashion-MNIST for the net trained on it, if the files are there) survive a round trip
# through each net that ships: another process decompresses them from file, cfg and weights, to the bytes that the
# net's levels stand for. With SOAK=1 all 10,000 images, and the file is within 0.5 % of what the net and the
# labels cost. NETS="NAME ..." chooses the nets. Works in build/round_trip. Prints TAP.
cd "$(dirname "$0")/.." || exit
skip() { echo "1..1"; echo "ok 1 - round trips # SKIP not tested: $1"; exit; }
[ -e data/mnist/t10k-labels-idx1-ubyte ] || [ -e data/mnist/t10k-labels-idx1-ubyte.gz ] || skip "no data/mnist"
[ -x ./darknet ] || skip "./darknet is not built"
command -v python3 >/dev/null || skip "no python3"
n=4
[ -z "${SOAK:-}" ] || n=10000
read -ra nets <<<"${NETS:-gated_pixelcnn fashion mnist256 mnist_classify}"

# Whether IMAGES are those of DATA in so many levels, an 8-bit value for each.
compare() {
    python3 - "$@" <<'END'
import gzip, os, sys
data, images, labels, levels, n = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])

def read(name):
    path = os.path.join(data, name)
    return open(path, "rb").read() if os.path.exists(path) else gzip.open(path + ".gz").read()

def written(level): # as an 8-bit value that is in the level
    least, most = -(-256 * level // levels), -(-256 * (level + 1) // levels) - 1
    return min(max((2 * level * 255 + levels - 1) // (2 * (levels - 1)), least), most)

table = bytes(written(value * levels // 256) for value in range(256))
expected = read("t10k-images-idx3-ubyte")[16:][: n * 784].translate(table)
assert len(expected) == n * 784 and open(images, "rb").read()[16:] == expected, "other images"
assert open(labels, "rb").read()[8:] == read("t10k-labels-idx1-ubyte")[8 : 8 + n], "other labels"
END
}
number() { sed -n "s/.*\"$2\": \([0-9.]*\).*/\1/p" "$1"; }

# round_trip NET: prints its figures.
round_trip() {
    local net=$1 data=data/mnist out=build/round_trip/$1
    [ "$net" != fashion ] || [ ! -d data/fashion-mnist ] || data=data/fashion-mnist
    rm -rf "$out" && mkdir -p "$out/back" || return
    ./darknet pixelcnn compress "$net" "$data" -limit $n -quantise -out "$out/images.gpc" -json >"$out/compress.json" &&
        ./darknet pixelcnn decompress "$net" "$out/images.gpc" -out "$out/back/t10k-images-idx3-ubyte" -json >"$out/decompress.json" &&
        compare "$data" "$out/back/t10k-images-idx3-ubyte" "$out/back/t10k-labels-idx1-ubyte" "$(number "$out/decompress.json" levels)" $n ||
        return
    awk -v bytes="$(stat -c %s "$out/images.gpc")" -v net="$(number "$out/compress.json" net_bits_per_dim)" -v n=$n \
        -v there="$(number "$out/compress.json" seconds)" -v back="$(number "$out/decompress.json" seconds)" 'BEGIN {
        whole = 8 * bytes / n / 784; labels = log(10) / log(2) / 784
        printf "%d images, %d bytes, %.6f bits/dim; the net alone %.6f, labels %.6f, the rest %.3f %%; ", n, bytes, whole, net,
            labels, 100 * (whole / (net + labels) - 1)
        printf "%.1f and %.1f seconds\n", there, back
        exit n == 10000 && whole > 1.005 * (net + labels) }'
}

mkdir -p build/round_trip
echo "1..${#nets[@]}"
for i in "${!nets[@]}"; do
    if figures=$(round_trip "${nets[i]}" 2>build/round_trip/log); then of=ok; else of="not ok"; sed 's/^/# /' build/round_trip/log | tail; fi
    echo "$of $((i + 1)) - ${nets[i]}: ${figures:-the images do not come back}"
done
