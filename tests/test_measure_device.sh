#!/bin/bash
# The script for whoever has a device, on the emulated one: each part is measured, and a failure is in the result. TAP.
cd "$(dirname "$0")/.." || exit
command -v g++ >/dev/null && command -v python3 >/dev/null || {
    echo "1..1"
    echo "ok 1 - the script of measurements # SKIP not tested: g++ or python3 is missing"
    exit 0
}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pixelcnn.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export OMP_NUM_THREADS=1 GOMP_SPINCOUNT=1000 CUEMU_GUARD=0 # for speed: the script is tested
number=0
report() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}

echo 1..8
DRY=1 scripts/measure_device.sh "$scratch/device.json" 2>"$scratch/err"
status=$?
[ $status -eq 0 ] || sed 's/^/# /' "$scratch/err"
report $status "the script runs on the emulated device"
look() { python3 -c "import json; d = json.load(open('$scratch/device.json')); assert $1, $1"; }
look "d['dry'] is True and len(d['commit']) == 40 and 'emulated' in json.dumps(d['version'])"
report $? "it says what was measured, and on what"
look "d['tests']['emu']['test_gpu_sampler']['status'] == 0 and d['same_images_as_the_cpu'] is True"
report $? "the tests run, and images are compared with the CPU's"
look "all(d['training']['emu'][m][n]['passes_seconds'] > 0 for m in ('fp32', 'pedantic', 'tf32', 'planes_by_image') for n in ('four', 'many'))"
report $? "training is measured in each arithmetic, and with planes by image"
look "all(d['sampling'][w][n]['sampling_256_seconds'] > 0 for w in ('automatic', 'plain_launches', *('lanes_a_block_%d' % k for k in (1, 2, 4, 8))) for n in ('four', 'many'))"
report $? "sampling is measured in each way"

# What it sets in the environment, set wrongly.
printf '%s\n' '[net]' height=2 width=2 '[gated_vstack]' filters=2 '[gated_hstack]' filters=2 mask=a '[convolutional]' filters=2 \
    activation=linear '[pixel_softmax]' levels=2 >"$scratch/tiny.cfg"
refused() { # refused NAME=VALUE WHAT
    env "$1" build/emu/darknet pixelcnn bench "$scratch/tiny.cfg" -batch 1 -seconds 0 -only "$2" >"$scratch/out" 2>&1 </dev/null
    [ $? -eq 1 ] && [ "$(grep -c "^$1: expected" "$scratch/out")" -eq 1 ]
    report $? "$1 is refused"
}
refused PIXELCNN_LANES_A_BLOCK=3 sampling
refused PIXELCNN_CUBLAS_MATH=fast training
refused PIXELCNN_PLANES=rows training
