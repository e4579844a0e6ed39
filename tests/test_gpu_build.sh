#!/bin/bash
# Does GPU=1 compile with nvcc, without warnings from our files; with SOAK=1: link too, and what does such a program say where there
# is no driver? Prints TAP. ARCH=sm_90 only, in folders of its own, so that neither ./darknet nor build/gpu change.
cd "$(dirname "$0")/.." || exit
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pixelcnn.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
root=$PWD
n=0
tests=24

report() { # report STATUS NAME [WHY SKIPPED]
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2${3:+ # SKIP $3}"; else echo "not ok $n - $2"; fi
}
finish() { # finish WHY: the rest is skipped
    while [ $n -lt $tests ]; do report 0 "with nvcc" "$1"; done
    exit 0
}
show() { sed 's/^/# /' "$@"; }

# refused NAME COMMAND...: exit status 1 and one line on stderr that names the driver and how to do without.
refused() {
    local name=$1
    shift
    (cd "$scratch" && "$@" >out 2>err </dev/null)
    local status=$?
    [ $status -eq 1 ] && [ "$(grep -c . "$scratch/err")" -eq 1 ] && grep -q 'no NVIDIA driver.*needed.*GPU=0' "$scratch/err" &&
        [ ! -s "$scratch/out" ] && [ ! -e "$scratch/backup" ]
    local right=$?
    [ $right -eq 0 ] || { echo "# $* exits $status:"; show "$scratch/err"; }
    report $right "$name says that there is no driver"
}

# says NAME WORDS COMMAND...: a make that ends in an error with these words.
says() {
    local name=$1 words=$2
    shift 2
    "$@" >"$scratch/out" 2>&1 </dev/null
    local status=$?
    [ $status -ne 0 ] && tr '\n' ' ' <"$scratch/out" | grep -q "$words"
    local right=$?
    [ $right -eq 0 ] || { echo "# $* exits $status:"; show "$scratch/out"; }
    report $right "$name"
}

# Kernels take most of the time; ccache keeps them where the C files are kept.
nvcc=$(command -v nvcc || ls "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc" 2>/dev/null)
[[ ${CC:-} != ccache* ]] || nvcc="ccache $nvcc"
build() { # build FOLDER SWITCHES
    local folder=$1 what="compiles and links" targets=$1/darknet flags=()
    shift
    # Darknet's files and those that are the same without GPU=1 take two minutes more. The emulated device links all of them. nvcc
    # takes three seconds for a file without any code, so kernels are compiled as one file, but for the sampler's, which define the
    # same words otherwise. test_emulated.sh compiles each file.
    if [ -z "${SOAK:-}" ]; then
        what="compiles: our kernels and what calls them" flags=(CFLAGS=-O0)
        mkdir -p "$folder"
        ls {base,layers,layers/math,pixelcnn/*,host}/*.cu 2>/dev/null | grep -v ^pixelcnn/sample | sed 's/.*/#include "&"/' >"$folder/kernels.cu"
        targets="$folder/$folder/kernels.cu.o $(ls pixelcnn/sample/*.cu {base,layers,layers/math,pixelcnn/*,host}/*_gpu.c 2>/dev/null |
            sed "s,^,$folder/,; s,\.c\$,.o,; s,\.cu\$,.cu.o,")"
    fi
    make -s -j"$(nproc)" "$@" "${flags[@]}" NVCC="$nvcc" ARCH=sm_90 BUILD="$folder" $targets >"$scratch/log" 2>&1
    local status=$?
    [ $status -eq 0 ] || show "$scratch/log"
    report $status "$* $what"
    ! grep -in warning "$scratch/log"
    report $? "$* has no warnings"
    return $status
}

echo "1..$tests"
says "without nvcc make says what it looked for" "no nvcc in .*lain make (GPU=0)" make GPU=1 CUDA_HOME="$scratch"
says "CUDNN=1 alone is refused" "CUDNN=1 goes with GPU=1" make CUDNN=1
command -v nvcc >/dev/null || [ -x "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc" ] ||
    finish "not tested: no nvcc on PATH, in CUDA_HOME or in /usr/local/cuda"

# With cuDNN, which adds to the build without; both with SOAK=1.
switches="GPU=1 CUDNN=1"
if make -n GPU=1 CUDNN=1 ARCH=sm_90 2>&1 | grep -q 'cudnn.h is not among'; then switches=GPU=1; fi
build build/gpu-test $switches || exit 1
if [ -z "${SOAK:-}" ] || [ "$switches" = GPU=1 ]; then
    report 0 "GPU=1 compiles and links" "not tested without SOAK=1 and cudnn.h"
    report 0 "GPU=1 has no warnings" "not tested without SOAK=1 and cudnn.h"
else
    build build/gpu-test-plain GPU=1
fi

# What the program says and does without a driver.
program() {
    gpu=$root/build/gpu-test/darknet
    cfg=$root/cfg/gated_pixelcnn.cfg
    weights=$root/weights/gated_pixelcnn.weights
    "$gpu" pixelcnn version >"$scratch/version" 2>&1
    status=$?
    grep -q '^backend *CUDA' "$scratch/version" && grep -q '^toolkit *CUDA [1-9]' "$scratch/version" && grep -q '^devices' "$scratch/version"
    report $((status | $?)) "version tells backend, toolkit, devices"
    "$gpu" pixelcnn version -json 2>&1 | python3 -c 'import json, sys; json.load(sys.stdin)["toolkit"]'
    report $? "and as JSON"
    if grep -q '^driver *none' "$scratch/version"; then
        refused train "$gpu" pixelcnn train "$cfg" "$scratch"
        refused sample "$gpu" pixelcnn sample "$cfg" "$weights"
        refused eval "$gpu" pixelcnn eval "$cfg" "$weights" "$scratch"
        refused score "$gpu" pixelcnn score "$cfg" "$weights" "$scratch"
        refused classify "$gpu" pixelcnn classify "$cfg" "$weights" "$scratch"
        refused complete "$gpu" pixelcnn complete "$cfg" "$weights" "$root/docs/hole.png"
        refused bench "$gpu" pixelcnn bench "$cfg"
        refused "train -gpus 0,1" "$gpu" pixelcnn train "$cfg" "$scratch" -gpus 0,1
        refused "-i 1 in front" "$gpu" -i 1 pixelcnn sample "$cfg" "$weights"
        refused "a stock command" "$gpu" detector test cfg/coco.data cfg/yolo.cfg yolo.weights
    else
        for _ in 1 2 3 4 5 6 7 8 9 10; do report 0 "without a driver" "not tested: there is one"; done
    fi

    # On the CPU such a program does what one without GPU=1 does.
    make -s -j"$(nproc)" build/cpu/darknet >"$scratch/log" 2>&1 || show "$scratch/log"
    as_on_cpu() { # as_on_cpu NAME FILE ARGUMENTS...: FILE is the same from both programs
        local name=$1 file=$2 program
        shift 2
        for program in gpu-test cpu; do
            (cd "$scratch" && rm -f "$file" && "$root/build/$program/darknet" "$@" >out 2>err </dev/null) || show "$scratch/err"
            mv "$scratch/$file" "$scratch/$file.$program" 2>/dev/null
        done
        [ -s "$scratch/$file.cpu" ] && cmp "$scratch/$file.cpu" "$scratch/$file.gpu-test"
        report $? "$name -nogpu as without GPU=1"
    }
    if [ -f "$weights" ]; then
        as_on_cpu sample samples.png -nogpu pixelcnn sample "$cfg" "$weights" -n 1 -seed 3 -height 8
    else
        report 0 "sample -nogpu" "not tested: no weights"
    fi
    as_on_cpu check out pixelcnn check "$cfg" -nogpu -limit 1
    build/gpu-test/darknet pixelcnn bench cfg/bench/small4.cfg -nogpu -batch 2 -seconds 0 >"$scratch/out" 2>"$scratch/err"
    status=$?
    [ $status -eq 0 ] || show "$scratch/err"
    report $status "training and passes -nogpu"
}
if [ -n "${SOAK:-}" ]; then
    program
else
    while [ $n -lt $((tests - 3)) ]; do report 0 "the program" "only with SOAK=1, which links it"; done
    make -s -j"$(nproc)" build/cpu/darknet >"$scratch/log" 2>&1 || show "$scratch/log"
fi
build/cpu/darknet pixelcnn sample -i 0 2>&1 | grep -q 'is for the CPU only'
report $? "a program for the CPU refuses -i"
build/cpu/darknet pixelcnn train cfg/gated_pixelcnn.cfg "$scratch" -gpus 0 2>&1 | grep -q 'is for the CPU only'
report $? "and -gpus"
says "an architecture that is none is refused" "compute_1" make GPU=1 ARCH=sm_1 BUILD="$scratch/build" "$scratch/build/base/probe_kernels.cu.o"
