#!/bin/bash
# Measures speed, ours and PyTorch side by side on cfg/bench/, in alternating rounds. Prints a markdown table of the ratios with
# their goals and of the measurements behind them, medians over the rounds.
#
#     scripts/bench.sh [ROUNDS] [SECONDS]      3 rounds, each measurement repeated for 3 seconds per round: about 10 minutes
#
# CFGS="cfg/bench/small4.cfg" selects other nets. The output of each run stays in backup/bench. scripts/gpu_bench.sh does the same
# on a device: PROGRAM is then a GPU build, and PyTorch uses CUDA.
set -eu
cd "$(dirname "$0")/.."
rounds=${1:-3}
seconds=${2:-3}
cfgs=${CFGS:-cfg/bench/small4.cfg cfg/bench/blog4.cfg cfg/bench/dilated256.cfg}
program=${PROGRAM:-./darknet}
device=${PROGRAM:+cuda}
out=backup/bench${device:+-$device}
. scripts/figures.sh
if [ -z "$device" ]; then
    scripts/build.sh
    scripts/setup.sh python3-torch || echo "without python3-torch PyTorch is not measured" >&2
fi
mkdir -p $out
rm -f $out/*.json

describe() {
    machine
    [ -z "$device" ] || "$program" pixelcnn version | grep -E '^(backend|toolkit|cudnn|driver|device_0) '
    "$python" -c 'import torch; print("PyTorch", torch.__version__)' 2>/dev/null || echo "PyTorch is missing: not measured"
    echo "$rounds rounds, each figure repeated for $seconds seconds a round, batch 16, medians; sampling by PyTorch is an estimate:" \
        "one pass x values"
}

# time_torch NAME OPTION...: without torch the file stays empty.
time_torch() {
    file=$1
    shift
    "$python" scripts/bench_torch.py speed "$cfg" -seconds "$seconds" ${device:+-device "$device"} "$@" >"$file" || [ $? = 77 ]
}

# ./darknet keeps the memory that it frees, so that the kernel need not clear the same pages again and again. PyTorch does not
# by default: it is timed with its defaults, and again with a malloc that keeps pages.
keep_pages() { MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=1073741824 "$@"; }

for round in $(seq "$rounds"); do
    for cfg in $cfgs; do
        name=$out/$(basename "$cfg" .cfg)
        echo "round $round of $rounds: $cfg" >&2
        "$program" pixelcnn bench "$cfg" -seconds "$seconds" -json >"$name.ours.$round.json" 2>/dev/null
        time_torch "$name.torch.$round.json"
        [ -n "$device" ] || keep_pages time_torch "$name.keeping.$round.json" -only training
    done
done

names() { for cfg in $cfgs; do printf ' %s |' "$(basename "$cfg" .cfg)"; done; }
rule() { for cfg in $cfgs; do printf -- ' ---: |'; done; }

# row TEXT FORMAT WHO KEY [WHO KEY]: a figure of each cfg, or the first over the second.
row() {
    printf '| %s |' "$1"
    for cfg in $cfgs; do
        name=$out/$(basename "$cfg" .cfg)
        x=$(figure "$4" "$name.$3".*.json)
        if [ $# -gt 4 ]; then
            printf ' %s |' "$(show "$2" "$x" "$(figure "$6" "$name.$5".*.json)")"
        else
            printf ' %s |' "$(show "$2" "$x")"
        fi
    done
    [ -z "${goal:-}" ] || printf ' %s |' "$([ -n "$device" ] && echo none yet || echo "$goal")"
    echo
}

describe
echo
echo "| |$(names) goal |"
echo "| --- |$(rule) --- |"
goal="2.5, 1.6, 2" row "training, ours / PyTorch" %.2f ours training_images_per_second torch training_images_per_second
goal="0.50, 0.80, 0.60" row "training, share of the gemm peak" %.2f ours training_share_of_peak
goal=500 row "sampling 16 images, PyTorch naive / ours" %.0f torch naive_batch_seconds_estimate ours sampling_batch_seconds
goal="at most 1.5" row "sampling 16 images / one forward pass of 16" %.2f ours sampling_batch_per_pass
goal="at most 1.2" row "sampling 1 image / one forward pass of 1" %.2f ours sampling_1_per_pass
goal="at most 0.5" row "peak memory of training, ours / PyTorch" %.2f ours peak_memory_mib torch peak_memory_mib
echo
echo "| |$(names)"
echo "| --- |$(rule)"
row "training, images/s, ours" %.1f ours training_images_per_second
row "training, images/s, PyTorch" %.1f torch training_images_per_second
[ -n "$device" ] || {
    row "training, images/s, PyTorch with malloc that keeps pages" %.1f keeping training_images_per_second
    row "training, ours / that" %.2f ours training_images_per_second keeping training_images_per_second
}
row "training, GFLOP/s, ours" %.1f ours training_gflops
row "gemm peak at the net's shapes, GFLOP/s" %.1f ours gemm_peak_gflops
row "forward pass of 16, images/s, ours" %.1f ours forward_images_per_second
row "forward pass of 16, images/s, PyTorch" %.1f torch forward_images_per_second
row "forward pass of 1, images/s, ours" %.1f ours forward_1_images_per_second
row "sampling 1 image, s" %.3f ours sampling_1_seconds
row "sampling 16 images, s" %.3f ours sampling_batch_seconds
row "sampling 256 images, s" %.3f ours sampling_256_seconds
row "naive sampling of 16 images, s, PyTorch" %.0f torch naive_batch_seconds_estimate
row "peak memory of training, MiB, ours" %.0f ours peak_memory_mib
row "peak memory of training, MiB, PyTorch" %.0f torch peak_memory_mib
[ -z "$device" ] || {
    row "device memory in use, MiB, ours" %.0f ours device_memory_mib
    row "device memory in use, MiB, PyTorch" %.0f torch device_memory_mib
}
