#!/bin/bash
# The tests of tests/gpu on the emulated device: with cuBLAS, with cuDNN, with streams as late as possible, and our kernels under
# ThreadSanitizer with tiny nets. SOAK=1: under AddressSanitizer too, every program with late streams and with cuDNN, not only
# those that use streams and cuDNN's convolutions, in more orders, and every net of the sampler under ThreadSanitizer. Builds what
# it runs; two parts run side by side. TAP.
cd "$(dirname "$0")/../.." || exit
command -v g++ >/dev/null && command -v python3 >/dev/null || {
    echo "1..1"
    echo "ok 1 - the emulated device # SKIP not tested: g++ or python3 is missing"
    exit 0
}
# One thread on the CPU: ThreadSanitizer does not see the synchronisation of OpenMP.
export TSAN_OPTIONS=report_signal_unsafe=0 ASAN_OPTIONS=detect_leaks=0 CMOCKA_MESSAGE_OUTPUT=TAP OMP_NUM_THREADS=1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Lines of TAP without numbers.
result() { echo "$1 - $2"; }

# build FOLDER SWITCH...: the programs of tests/gpu in this folder. test_planted.sh builds in the same folders: one after the other.
build() {
    local of=$1
    shift
    mkdir -p build
    flock "$of.lock" make -s -j2 EMU=1 CC="${CC:-gcc}" "$@" gpu-tests >&2 && return
    result "not ok" "$of builds"
    return 1
}

# check WORDS COMMAND...: each test of a program, as one of ours. cmocka reports skipped tests as not ok; another run here covers them.
check() {
    local words=$1 output status
    shift
    output=$("$@" 2>&1 </dev/null)
    status=$?
    grep -v '# SKIP' <<<"$output" | sed -nE "s#^(ok|not ok) [0-9]+ - #\1 - $words: #p"
    [ "$status" -eq 0 ] && return
    sed 's/^/# /' <<<"$output" | grep -vE '^# (not )?ok ' | tail -n 60
    result "not ok" "$words: exit status $status"
}

programs=$(basename -s .c tests/gpu/test_*.c)
with_streams=${SOAK:+$programs} with_streams=${with_streams:-test_gpu_sampler test_gpu_devices}
with_convolutions=${SOAK:+$programs} with_convolutions=${with_convolutions:-test_gpu_parity test_gpu_stock}

with_cublas() {
    build build/emu || return
    for p in $programs; do check "$p" "build/emu/tests/gpu/$p"; done
    for p in $with_streams; do CUEMU_ORDER=reverse CUEMU_STREAMS=late check "$p, late streams" "build/emu/tests/gpu/$p"; done
}

with_cudnn() {
    build build/emu-cudnn CUDNN=1 || return
    for p in $with_convolutions; do CUEMU_ORDER=random:1 check "$p, cuDNN" "build/emu-cudnn/tests/gpu/$p"; done
}

# sanitized MODE [COMMAND]: of the slow tests only those that run every kernel.
sanitized() {
    local mode=$1 of=build/emu-$1/tests/gpu
    build "build/emu-$mode" SANITIZE="$mode" || return
    shift
    export CUEMU_ORDER=random:1
    check "parity, $mode" "$@" "$of/test_gpu_parity" 'gradients' "${NETS:-*}"
    check "steps, $mode" "$@" "$of/test_gpu_parity" 'three_adam_steps' 'colour*'
    check "stock, $mode" "$@" "$of/test_gpu_stock"
    sampler() { check "sampler, $2, $mode, $1" "${@:3}" "$of/test_gpu_sampler" "$1" "$2"; }
    sampler "images*" "spatial label" "$@"
    sampler "given*" factored "$@"
    sampler "images*" colour "$@"
    sampler "given*" "Fourier features, label, colour" "$@"
    [ "$mode${SOAK:-}" = thread ] && return # the slowest
    sampler "given*" "spatial label" "$@"
    sampler "images*" factored "$@"
    sampler "given*" colour "$@"
    sampler "images*" "Fourier features, label, colour" "$@"
}

first() {
    with_cublas
    [ -z "${SOAK:-}" ] || sanitized address
}
second() { with_cudnn; sanitized thread setarch -R; }

first >"$folder/first" &
second >"$folder/second"
wait
echo "1..$(cat "$folder"/* | grep -cE '^(not )?ok ')"
cat "$folder/first" "$folder/second" | awk '/^(not )?ok / { sub(/ - /, " " ++n " - ") } { print }'
! grep -q '^not ok ' "$folder/first" "$folder/second"
