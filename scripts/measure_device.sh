#!/bin/bash
# Ten minutes for whoever has an NVIDIA device: builds, tests, and measures what could not be decided without one. The result is one
# JSON file to send to the maintainers; progress goes to standard error.
#
#     scripts/measure_device.sh [FILE.json]      (device.json)
#     DRY=1 scripts/measure_device.sh            the same steps on the emulated device, tiny nets: whether the script works;
#                                                CUDNN=1: those with cuDNN too
#
# SECONDS_EACH=X repeats each figure for X seconds (0.5). CUDNN=0 leaves cuDNN out, which is used where its header is found. ARCH,
# CUDA_HOME ... as for make. What each part decides: docs/gpu.md.
set -u
cd "$(dirname "$0")/.." || exit
file=${1:-device.json}
seconds=${SECONDS_EACH:-0.5}
dry=${DRY:-}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pixelcnn.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
started=$SECONDS
say() { echo "$((SECONDS - started)) s: $*" >&2; }
die() { echo "$*" >&2; exit 1; }

# ---- what is built and measured ----

weights=weights/gated_pixelcnn.weights
if [ -n "$dry" ]; then
    folders="build/emu$([ "${CUDNN:-0}" = 0 ] || echo " build/emu-cudnn")" seconds=0 batch=2
    tiny() { # tiny NAME LEVELS: a net that the emulator trains and draws in moments
        printf '%s\n' '[net]' height=3 width=4 '[gated_vstack]' filters=3 '[gated_hstack]' filters=3 mask=a '[skip_sum]' \
            filters=4 '[convolutional]' "filters=$2" activation=linear '[pixel_softmax]' "levels=$2" >"$scratch/$1.cfg"
        echo "$scratch/$1.cfg"
    }
    cfgs="$(tiny four 4) $(tiny many 64)"
else
    folders=build/gpu batch=16
    export ARCH=${ARCH:-native}
    if [ -z "${CUDNN:-}" ]; then
        CUDNN=1
        make -n GPU=1 CUDNN=1 2>&1 | grep -q 'cudnn.h is not among' && CUDNN=0
    fi
    [ "$CUDNN" = 0 ] || folders="build/gpu build/gpu-cudnn"
    cfgs="cfg/gated_pixelcnn.cfg cfg/bench/small4.cfg cfg/bench/blog4.cfg cfg/bench/dilated256.cfg"
fi
unset CUDNN PIXELCNN_LANES_A_BLOCK PIXELCNN_GRAPHS PIXELCNN_CUBLAS_MATH PIXELCNN_PLANES

# Each part is a JSON value in $scratch/parts, named by what it is: a file a/b/c.json becomes {"a": {"b": {"c": ...}}}.
parts=$scratch/parts
# measured PART COMMAND...: its standard output is the part; if it fails, its last line of errors is.
measured() {
    local part=$parts/$1.json
    shift
    mkdir -p "$(dirname "$part")"
    "$@" >"$part" 2>"$scratch/err" && return
    tail -n 1 "$scratch/err" >&2
    tail -n 1 "$scratch/err" | python3 -c 'import json, sys; print(json.dumps({"error": sys.stdin.read().strip()}))' >"$part"
}
text() { python3 -c 'import json, sys; print(json.dumps(sys.argv[1]))' "$1"; }
bench() { "$1/darknet" pixelcnn bench "$2" -batch $batch -seconds "$seconds" -json "${@:3}"; }
name_of() { basename "$1" .cfg; }

# ---- the parts ----

build() {
    local folder with
    . tests/cuemu/build.sh
    for folder in $folders; do
        say "building $folder"
        with=CUDNN=$([[ $folder = *-cudnn ]] && echo 1 || echo 0)
        if [ -n "$dry" ]; then build_emulated "$folder" "$with" "$folder/darknet" gpu-tests
        else make -s -j"$(nproc)" GPU=1 "$with" "$folder/darknet" gpu-tests; fi >"$scratch/log" 2>&1 && continue
        tail -n 20 "$scratch/log" >&2
        die "$folder does not build"
    done
}

# The tests of tests/gpu, each program's status; in a dry run only one of them.
run_tests() {
    local folder program status
    for folder in $folders; do
        for program in "$folder"/tests/gpu/test_gpu_*[!.][!od]; do
            [ -x "$program" ] || continue
            [ -n "$dry" ] && [[ $program != *_sampler ]] && continue
            say "$program"
            timeout 120 "$program" ${dry:+"graphs*"} >"$scratch/out" 2>&1 </dev/null
            status=$?
            [ $status -eq 0 ] || grep -E 'FAILED|ERROR' "$scratch/out" | head -n 5 >&2
            measured "tests/$(basename "$folder")/$(basename "$program")" echo "{\"status\": $status}"
        done
    done
}

# Weights for a tiny net: random ones.
random_weights() { # random_weights CFG FILE
    bench build/emu "$1" -only sampling 2>/dev/null | python3 -c '
import json, random, struct, sys
n = int(json.load(sys.stdin)["parameters"])
random.seed(1)
values = [random.uniform(-1, 1) for _ in range(n)]
open(sys.argv[1], "wb").write(struct.pack("<iiiQ", 0, 2, 0, 0) + struct.pack("<%df" % n, *values))' "$2"
}

# Does the device draw what the CPU draws, to the bit?
compare_bits() {
    local cfg=${cfgs%% *} of=$weights program=${folders%% *}/darknet same=false
    say "images of $(name_of "$cfg"), beside the CPU's"
    if [ -n "$dry" ]; then of=$scratch/random.weights && random_weights "$cfg" "$of"; fi
    "$program" pixelcnn sample "$cfg" "$of" -n 16 -seed 1 -out "$scratch/device.png" >/dev/null 2>"$scratch/err" &&
        "$program" pixelcnn sample "$cfg" "$of" -n 16 -seed 1 -out "$scratch/cpu.png" -nogpu >/dev/null 2>"$scratch/err" &&
        cmp -s "$scratch/device.png" "$scratch/cpu.png" && same=true
    [ $same = true ] || tail -n 1 "$scratch/err" >&2
    measured same_images_as_the_cpu echo $same
}

# training/FOLDER/WAY/NET: launching_seconds beside passes_seconds say whether a graph of the step would pay; planes_by_image, what
# it brings that a product of ours is one of all images.
measure_training() {
    local folder cfg way math planes
    for folder in $folders; do
        for cfg in $cfgs; do
            say "training $(name_of "$cfg") with $folder"
            for way in fp32 pedantic tf32 planes_by_image; do
                local options=(-only training)
                math=default planes=channels
                case $way in
                    pedantic) math=pedantic;;
                    tf32) options+=(-tf32);;
                    planes_by_image) planes=images;;
                esac
                if [[ $folder = *-cudnn ]]; then
                    [ $way = fp32 ] || [ $way = tf32 ] || continue
                    planes=images
                fi
                PIXELCNN_CUBLAS_MATH=$math PIXELCNN_PLANES=$planes \
                    measured "training/$(basename "$folder")/$way/$(name_of "$cfg")" bench "$folder" "$cfg" "${options[@]}"
            done
        done
    done
}

# convolutions/NET: what cuDNN would gain by channels last, and by TF32.
measure_layouts() {
    local folder cfg
    for folder in $folders; do
        [[ $folder = *-cudnn ]] || continue
        for cfg in $cfgs; do
            say "cuDNN's layouts for $(name_of "$cfg")"
            measured "convolutions/$(name_of "$cfg")" "$folder/tests/gpu/time_layouts" "$cfg" $batch
        done
    done
}

# sampling/WAY/NET: by graphs or plain launches, and by the lanes that a block walks.
measure_sampling() {
    local cfg n folder=${folders%% *}
    for cfg in $cfgs; do
        say "sampling $(name_of "$cfg")"
        measured "sampling/automatic/$(name_of "$cfg")" bench "$folder" "$cfg" -only sampling
        PIXELCNN_GRAPHS=0 measured "sampling/plain_launches/$(name_of "$cfg")" bench "$folder" "$cfg" -only sampling
        for n in 1 2 4 8; do
            PIXELCNN_LANES_A_BLOCK=$n measured "sampling/lanes_a_block_$n/$(name_of "$cfg")" bench "$folder" "$cfg" -only sampling
        done
    done
}

join_parts() {
    python3 - "$parts" <<'PYTHON'
import json, os, sys

def value(path):
    if os.path.isdir(path):
        return {name.removesuffix(".json"): value(os.path.join(path, name)) for name in sorted(os.listdir(path))}
    text = open(path, encoding="utf-8").read()
    try:
        return json.loads(text)
    except ValueError:
        return {"error": text.strip()}

print(json.dumps(value(sys.argv[1]), indent=1))
PYTHON
}

command -v python3 >/dev/null || die "measure_device.sh needs python3"
mkdir -p build "$parts"
measured commit text "$(git rev-parse HEAD 2>/dev/null || cat VERSION 2>/dev/null)"
measured dry echo "$([ -n "$dry" ] && echo true || echo false)"
build
measured version "${folders%% *}/darknet" pixelcnn version -json
grep -q '"devices": *\[ *\]' "$parts/version.json" && die "$("${folders%% *}/darknet" pixelcnn version | grep -E '^(driver|devices)')"
[ -n "$dry" ] || measured nvidia_smi text "$(nvidia-smi --query-gpu=name,driver_version,clocks.sm,clocks.mem,power.limit --format=csv 2>&1)"
run_tests
compare_bits
measure_sampling
measure_training
measure_layouts
measured seconds echo $((SECONDS - started))
join_parts >"$file.part" && mv "$file.part" "$file" || die "$file: not written"
say "$file is written"
