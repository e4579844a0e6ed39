#!/bin/bash
# The kernel that walks a row holds together by barriers alone: with one of them, or a wait for weights, taken out, the sampler's test
# must fail on the emulated device. Recompiles that kernel for each, from a copy. SOAK=1: all of them, otherwise two. TAP.
cd "$(dirname "$0")/../.." || exit
command -v g++ >/dev/null && command -v python3 >/dev/null || {
    echo "1..1"
    echo "ok 1 - the emulated device # SKIP not tested: g++ or python3 is missing"
    exit 0
}
of=build/emu
program=$of/tests/gpu/test_gpu_sampler
kernel=pixelcnn/sample/row_kernels.cu
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pixelcnn.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export OMP_NUM_THREADS=1 CUEMU_GUARD=0 # for speed: the kernel is tested, not who reads device memory on the CPU
number=0

report() { # report STATUS NAME
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}

. tests/cuemu/build.sh
build_emulated $of $program || { echo "1..1"; echo "not ok 1 - $of builds"; exit 1; }

# The commands of make for the kernel and the program, with our copies in place of what they read and write.
commands=$(build_emulated $of -n V=1 -W $kernel $program 2>&1)
compile=$(grep -- "-c $of/$kernel.cc " <<<"$commands" | sed "s#-c $of/$kernel.cc -o .*#-O1 -c $scratch/kernel.cc -o $scratch/kernel.o#; s#-M[MFP]*D* [^ ]*\.d##; s#-MMD -MP##")
link=$(grep -- "-o $program " <<<"$commands" | sed "s#$of/libpixelcnn-all.a#$scratch/all.a#; s#-o $program #-o $scratch/test #")

# plant FILE NUMBER WORDS: the kernel without the n-th line of the file that has these words.
plant() {
    rm -rf "$scratch/pixelcnn"
    mkdir -p "$scratch/pixelcnn/sample"
    cp pixelcnn/sample/row_draws.cuh $kernel "$scratch/pixelcnn/sample/"
    awk -v n="$2" -v words="$3" 'index($0, words) && ++seen == n { next } { print } END { exit seen < n }' "$1" >"$scratch/$1" || return 1
    tests/cuemu/translate.py "$scratch/$kernel" "$scratch/kernel.cc" &&
        bash -c "${compile/ -I. / -I$scratch -I. }" && cp $of/libpixelcnn-all.a "$scratch/all.a" &&
        ar d "$scratch/all.a" row_kernels.cu.o && ar r "$scratch/all.a" "$scratch/kernel.o" && bash -c "$link"
} >"$scratch/log" 2>&1

# found NAME FILE NUMBER WORDS TEST: the test fails, in one order of the threads at least, and passed with nothing taken out.
found() {
    local name=$1 order
    if ! plant "$2" "$3" "$4"; then
        sed 's/^/# /' "$scratch/log" | tail -n 5
        report 1 "$name: compiles"
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
