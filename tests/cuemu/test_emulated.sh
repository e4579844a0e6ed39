#!/bin/bash
# The tests of tests/gpu on the emulated device: with cuBLAS and with cuDNN in place of it, streams as late as they may be, and
# the kernels under ThreadSanitizer and AddressSanitizer with tiny nets. Builds what it runs. TAP.
cd "$(dirname "$0")/../.."
export TSAN_OPTIONS=report_signal_unsafe=0 ASAN_OPTIONS=detect_leaks=0 CMOCKA_MESSAGE_OUTPUT=TAP OMP_NUM_THREADS=2
number=0 failed=0

# build FOLDER SWITCH...: the programs of tests/gpu in this folder.
build() {
    local folder=$1
    shift
    make -s -j"$(nproc)" EMU=1 CC="${CC:-gcc}" "$@" gpu-tests >&2 && return
    number=$((number + 1)) failed=1
    echo "not ok $number - $folder builds"
    return 1
}

# check WORDS COMMAND...: each test of a program, as one of ours.
check() {
    local words=$1 output status line
    shift
    output=$("$@" 2>&1 </dev/null)
    status=$?
    while read -r line; do
        number=$((number + 1))
        echo "${line%% [0-9]*} $number - $words: ${line#*ok [0-9]* - }"
    done < <(grep -E '^(not )?ok ' <<<"$output")
    [ "$status" -eq 0 ] && return
    failed=1
    sed 's/^/# /' <<<"$output" | grep -vE '^# (not )?ok ' | head -n 60
    number=$((number + 1))
    echo "not ok $number - $words: exit status $status"
}

# Of the parity test in the slow modes only what goes through every kernel.
slow() {
    local mode=$1 folder=build/emu-$1/tests/gpu
    shift
    CUEMU_ORDER=random:1 check "parity, $mode" "$@" "$folder/test_gpu_parity" 'gradients' "${NETS:-*}"
    CUEMU_ORDER=random:1 check "steps, $mode" "$@" "$folder/test_gpu_parity" 'three_adam_steps' 'colour*'
    CUEMU_ORDER=random:1 check "stock, $mode" "$@" "$folder/test_gpu_stock"
    # One thread of the host: what libgomp does is hidden from ThreadSanitizer.
    for net in "spatial label" factored colour; do
        for name in images* given*; do
            OMP_NUM_THREADS=1 CUEMU_ORDER=random:1 check "sampler, $net, $mode" "$@" "$folder/test_gpu_sampler" "$name" "$net"
        done
    done
}

everything() {
    for kind in emu emu-cudnn; do
        build build/$kind CUDNN="$([ $kind = emu ] && echo 0 || echo 1)" || continue
        for program in build/$kind/tests/gpu/test_*[a-z]; do check "$kind $(basename "$program")" "$program"; done
    done
    for program in build/emu/tests/gpu/test_*[a-z]; do
        CUEMU_ORDER=reverse CUEMU_STREAMS=late check "late $(basename "$program")" "$program"
    done
    build build/emu-thread SANITIZE=thread && slow thread setarch -R
    build build/emu-address SANITIZE=address && slow address
}

everything >"${log:=$(mktemp)}"
echo "1..$(grep -cE '^(not )?ok ' "$log")"
cat "$log"
! grep -q '^not ok ' "$log"
status=$?
rm -f "$log"
exit $status
