#!/bin/bash
# ONEDNN=0: builds without oneDNN, computes our nets to the same bit, stock nets to rounding. The objects of build/cpu are taken
# over, so that only what names oneDNN is compiled. TAP.
cd "$(dirname "$0")/.." || exit
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pixelcnn.XXXXXX")
usual=build/cpu build=build/cpu-without-onednn
trap 'rm -rf "$scratch" $build' EXIT
unset MAKEFLAGS MFLAGS
n=0
# check NAME COMMAND...: the command succeeds; what it said is in $scratch/log.
check() {
    local name=$1
    n=$((n + 1))
    shift
    if "$@" >"$scratch/log" 2>&1; then echo "ok $n - $name"; else echo "not ok $n - $name" && sed 's/^/# /' "$scratch/log" | tail -n 30; fi
}
needs_onednn() { objdump -p "$1" | grep -q 'NEEDED *libdnnl'; }
needs_none() { ! needs_onednn "$1"; }
says() { # says WORDS COMMAND...
    local words=$1
    shift
    "$@" | grep -qE "$words"
}
# Numbers of two runs: each within 1e-5 of its size.
near() {
    paste -d ' ' "$@" | awk 'function size(x) { return x < 0 ? -x : x }
        { for (i = 1; i <= NF / 2; ++i) if (!(size($i - $(i + NF / 2)) <= 1e-5 * (1 + size($i)))) { print; bad = 1 } }
        END { exit bad || !NR }'
}

if [ ! -x $usual/darknet ] || [ ! -x $usual/tests/stock_train ]; then
    echo 1..1
    echo "ok 1 - a build without oneDNN # SKIP not tested: $usual is not built"
    exit
fi
echo 1..9
rm -rf $build && cp -a $usual $build && rm -f $build/darknet $build/libpixelcnn.so*
check "ONEDNN=0 builds without warnings" make -s -j2 WERROR=1 ONEDNN=0 BUILD=$build $build/darknet $build/libpixelcnn.so.0 \
    $build/tests/stock_train $build/tests/test_products
check "the program does not need oneDNN" needs_none $build/darknet
check "nor does the library" needs_none $build/libpixelcnn.so.0
check "version says so" says '^gemm +own kernel$' $build/darknet pixelcnn version
check "as JSON too" says '"gemm": "own kernel"' $build/darknet pixelcnn version -json
check "products in every order" $build/tests/test_products

cat >"$scratch/net.cfg" <<'END'
[net]
height=6
width=7
adam=1
learning_rate=0.01
[label_embed]
classes=3
size=4
[gated_vstack]
filters=6
[gated_hstack]
filters=6
mask=a
[skip_sum]
filters=33
activation=relu
[convolutional]
filters=40
activation=relu
[convolutional]
filters=4
activation=linear
[pixel_softmax]
levels=4
END
check "training, likelihoods and samples are the same to the bit" tests/compare_builds.py -nets 2 $usual/darknet $build/darknet "$scratch/net.cfg"

cat >"$scratch/classifier.cfg" <<'END'
[net]
batch=8
height=16
width=14
channels=3
learning_rate=0.05
momentum=0.9
max_batches=100
[convolutional]
batch_normalize=1
filters=8
size=3
stride=1
pad=1
activation=leaky
[maxpool]
size=2
stride=2
[convolutional]
filters=40
size=3
stride=1
pad=1
activation=relu
[connected]
output=10
activation=linear
[softmax]
END
$usual/tests/stock_train train "$scratch/classifier.cfg" >"$scratch/usual.losses" 2>/dev/null
$build/tests/stock_train train "$scratch/classifier.cfg" >"$scratch/own.losses" 2>/dev/null
check "a stock classifier trains" test "$(wc -l <"$scratch/own.losses")" -eq 10
check "as it does with oneDNN" near "$scratch/own.losses" "$scratch/usual.losses"
