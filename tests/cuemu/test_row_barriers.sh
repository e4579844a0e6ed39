#!/bin/bash
# The kernel that walks a row holds together by barriers alone: with one of them, or a wait for weights, taken out, the sampler's test
# must fail on the emulated device. Recompiles that kernel for each, from a copy. SOAK=1: all of them, otherwise two. TAP.
cd "$(dirname "$0")/../.." || exit
of=build/emu program=build/emu/tests/gpu/test_gpu_sampler
kernel=pixelcnn/sample/row_kernels.cu
. tests/cuemu/plant.sh

# The commands of make for the kernel and the program, with our copies in place of what they read and write.
commands_of $kernel
compile=$(grep -- "-c $of/$kernel.cc " <<<"$commands" | sed "s#-c $of/$kernel.cc -o .*#-O1 -c $scratch/kernel.cc -o $scratch/kernel.o#; s#-M[MFP]*D* [^ ]*\.d##; s#-MMD -MP##")

# plant FILE NUMBER WORDS: the kernel without the n-th line of the file that has these words.
plant() {
    rm -rf "$scratch/pixelcnn"
    mkdir -p "$scratch/pixelcnn/sample"
    cp pixelcnn/sample/row_draws.cuh $kernel "$scratch/pixelcnn/sample/"
    awk -v n="$2" -v words="$3" 'index($0, words) && ++seen == n { next } { print } END { exit seen < n }' "$1" >"$scratch/$1" || return 1
    tests/cuemu/translate.py "$scratch/$kernel" "$scratch/kernel.cc" &&
        bash -c "${compile/ -I. / -I$scratch -I. }" && relink row_kernels.cu.o "$scratch/kernel.o"
} >"$scratch/log" 2>&1

# found NAME FILE NUMBER WORDS TEST: the test fails, in one order of the threads at least, and passed with nothing taken out.
found() {
    local name=$1 order
    if ! plant "$2" "$3" "$4"; then
        does_not_compile "$name"
        return
    fi
    for order in forward reverse random:1; do
        { CUEMU_ORDER=$order "$scratch/test" "$5" >"$scratch/out" 2>&1 </dev/null; } 2>/dev/null ||
            { report 0 "$name is found ($order)"; return; }
    done
    report 1 "$name is found"
}

echo "1..$([ -n "${SOAK:-}" ] && echo 7 || echo 3)"
"$program" "*rows*" >"$scratch/out" 2>&1 </dev/null
status=$?
[ $status -eq 0 ] || sed 's/^/# /' "$scratch/out"
report $status "all barriers there: the test passes"
found "a step without its barrier" $kernel 1 '__syncthreads();' "*rows*"
found "weights that nobody waits for" $kernel 1 '__pipeline_wait_prior(1);' "*rows*"
[ -n "${SOAK:-}" ] || exit 0
found "nats that are added before they are there" $kernel 2 '__syncthreads();' "*rows*"
found "nats that are overwritten before they are added" $kernel 3 '__syncthreads();' "*rows*"
found "parts of shares that are not there yet" pixelcnn/sample/row_draws.cuh 1 '__syncwarp();' "*rows*"
found "shares that are not there yet" pixelcnn/sample/row_draws.cuh 2 '__syncwarp();' "*rows*"
