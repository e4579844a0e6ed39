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
export OMP_NUM_THREADS=1 GOMP_SPINCOUNT=1000
number=0
report() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}

echo 1..5
DRY=1 scripts/measure_device.sh "$scratch/device.json" 2>"$scratch/err"
status=$?
[ $status -eq 0 ] || sed 's/^/# /' "$scratch/err"
report $status "the script runs on the emulated device"
look() { python3 -c "import json; d = json.load(open('$scratch/device.json')); assert $1, $1"; }
look "d['dry'] is True and len(d['commit']) == 40 and 'emulated' in json.dumps(d['version'])"
report $? "it says what was measured, and on what"
look "d['tests']['emu']['test_gpu_sampler']['status'] == 0 and d['same_images_as_the_cpu'] is True"
report $? "the tests run, and images are compared with the CPU's"
look "all(d['training']['emu'][m][n]['passes_seconds'] > 0 for m in ('fp32', 'pedantic', 'tf32') for n in ('four', 'many'))"
report $? "training is measured in each arithmetic"
look "all(d['sampling'][w][n]['sampling_256_seconds'] > 0 for w in ('automatic', 'plain_launches', *('lanes_a_block_%d' % k for k in (1, 2, 4, 8))) for n in ('four', 'many'))"
report $? "sampling is measured in each way"
