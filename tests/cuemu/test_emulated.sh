#!/bin/bash
# The tests of tests/gpu on the emulated device: with cuBLAS, in several orders, with streams as late as possible. Of cuDNN's part
# only what names it is compiled. SOAK=1: with cuDNN, and with our kernels under ThreadSanitizer and AddressSanitizer with tiny
# nets; every program with late streams and with cuDNN, in more orders. Builds what it runs; two parts run side by side. TAP.
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

# build FOLDER SWITCH...: the programs of tests/gpu in this folder.
. tests/cuemu/build.sh
build() {
    local of=$1
    shift
    build_emulated "$of" -j2 "$@" gpu-tests && return
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

with_cublas() {
    build build/emu || return
    # What only counts operations needs no guard around the device's memory, which takes most of its time; nor do late streams, as
    # the same code of the CPU was watched before.
    for p in $programs; do
        CUEMU_GUARD=$([ "$p" = test_gpu_operations ] && echo 0 || echo 1) check "$p" "build/emu/tests/gpu/$p"
    done
    local guard=${SOAK:+1}
    for p in $with_streams; do
        CUEMU_GUARD=${guard:-0} CUEMU_ORDER=reverse CUEMU_STREAMS=late check "$p, late streams" "build/emu/tests/gpu/$p"
    done
}

with_cudnn() {
    build build/emu-cudnn CUDNN=1 || return
    for p in $programs; do CUEMU_ORDER=random:1 check "$p, cuDNN" "build/emu-cudnn/tests/gpu/$p"; done
}

# What differs with CUDNN=1, but for the size of Darknet's layers.
cudnn_compiles() {
    local names
    names=$(grep -lE '\bCUDNN|conv_plan\.h' {base,layers/math,layers,host,pixelcnn/commands}/*_gpu.c | sed 's,\(.*\)c$,build/emu-cudnn/\1o,')
    if build_emulated build/emu-cudnn CUDNN=1 $names; then result ok "what names cuDNN compiles"; else result "not ok" "what names cuDNN compiles"; fi
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
    sampler "given*" "spatial label" "$@"
    sampler "images*" factored "$@"
    sampler "given*" colour "$@"
    sampler "images*" "Fourier features, label, colour" "$@"
}

left_out() { for words; do result ok "$words # SKIP only with SOAK=1"; done; }

first() {
    with_cublas
    [ -z "${SOAK:-}" ] || sanitized address
}
second() {
    if [ -n "${SOAK:-}" ]; then
        with_cudnn
        sanitized thread setarch -R
    else
        cudnn_compiles
        left_out "with cuDNN" "under ThreadSanitizer" "under AddressSanitizer"
    fi
}

first >"$folder/first" &
second >"$folder/second"
wait
echo "1..$(cat "$folder"/* | grep -cE '^(not )?ok ')"
cat "$folder/first" "$folder/second" | awk '/^(not )?ok / { sub(/ - /, " " ++n " - ") } { print }'
! grep -q '^not ok ' "$folder/first" "$folder/second"
