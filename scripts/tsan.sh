#!/bin/bash
# Data races: commands on tiny nets, and the library under a caller's threads, built by clang with ThreadSanitizer. archer,
# a tool of clang's OpenMP runtime, reports OpenMP's synchronisation to ThreadSanitizer. Any report of a race is a failure. TAP.
cd "$(dirname "$0")/.." || exit
root=$PWD
archer=${ARCHER:-$(ls /usr/lib/llvm-*/lib/libarcher.so 2>/dev/null | tail -n 1)}
build=build/cpu-thread
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pixelcnn.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
n=0
total=30
echo "1..$total"
skip() {
    while [ $n -lt $total ]; do n=$((n + 1)) && echo "ok $n - threads # SKIP not tested: $1"; done
    exit 0
}
echo 'int main(void) { return 0; }' | clang -fsanitize=thread -fopenmp -x c - -o /dev/null 2>/dev/null && [ -n "$archer" ] ||
    skip "clang, its ThreadSanitizer or its OpenMP runtime with archer is missing (Debian: clang libclang-rt-14-dev libomp-dev)"
make -s -j"$(nproc)" SANITIZE=thread tsan-programs >&2 || { echo "not ok 1 - builds"; exit 1; }

export OMP_NUM_THREADS=3 OMP_TOOL_LIBRARIES=$archer KMP_BLOCKTIME=0 # threads that wait give way
# Code that is not instrumented takes no part in the synchronisation that archer reports.
export TSAN_OPTIONS="ignore_noninstrumented_modules=1 exitcode=66 suppressions=$root/scripts/tsan.supp ${TSAN_OPTIONS:-}"
failed=0
report() { # report STATUS NAME
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; return; fi
    echo "not ok $n - $2"
    failed=1
    cat "$scratch/out" "$scratch/said" | grep -vE '^ *$|^=+$' | head -n 60 | sed 's/^/# /'
}
# ThreadSanitizer may not support the address layout that it gets.
start() { setarch -R "$@" >"$scratch/out" 2>"$scratch/said" </dev/null; }
silent() { # silent NAME COMMAND...: ends well and without a report
    local name=$1
    shift
    start "$@" && ! grep -q 'ThreadSanitizer' "$scratch/said"
    report $? "$name"
}

ARCHER_OPTIONS=verbose=1 start $build/tests/tsan/planted ordered &&
    grep -q 'Archer detected OpenMP application with TSan' "$scratch/out" "$scratch/said" &&
    ! grep -q 'WARNING: ThreadSanitizer' "$scratch/said"
report $? "archer tells what orders threads: no report of a program without a race"
start $build/tests/tsan/planted race
[ $? -eq 66 ] && grep -q 'data race' "$scratch/said"
report $? "a planted race is reported"

byte() { printf "\\$(printf %03o "$1")"; }
idx() { # idx FILE CHANNELS IMAGES: images of 6 x 5 out of bytes at hand, and labels of 3 classes
    { if [ "$2" = 1 ]; then printf '\0\0\10\3'; else printf '\0\0\10\4'; fi
      printf '\0\0\0'; byte "$3"; [ "$2" = 1 ] || printf '\0\0\0\3'; printf '\0\0\0\6\0\0\0\5'
      cat docs/*.png | head -c $(($3 * $2 * 30)); } >"$1-images-idx$(($2 == 1 ? 3 : 4))-ubyte"
    { printf '\0\0\10\1\0\0\0'; byte "$3"; for ((i = 0; i < $3; ++i)); do byte $((i % 3)); done; } >"$1-labels-idx1-ubyte"
}
net() { # net NAME CHANNELS GROUPS: head with groups
    cat <<END
[net]
batch=6
subdivisions=2
height=6
width=5
channels=$2
adam=1
learning_rate=0.001
clip_norm=1
ema=0.9
distort=0.5
angle=10
max_batches=4
[label_embed]
classes=3
size=4
dropout=0.2
[pixel_fourier]
octaves=2
[gated_vstack]
filters=8
size=5
[gated_hstack]
filters=9
mask=a
[gated_vstack]
filters=17
dilation=2
factored=1
[gated_hstack]
filters=9
[skip_sum]
filters=9
activation=relu
[convolutional]
filters=12
groups=$3
activation=relu
[convolutional]
filters=$((4 * $2))
groups=$3
activation=linear
[pixel_softmax]
levels=4
END
}

for kind in grey colour; do
    channels=$([ $kind = grey ] && echo 1 || echo 3)
    mkdir -p "$scratch/$kind"
    idx "$scratch/$kind/train" "$channels" 20
    idx "$scratch/$kind/t10k" "$channels" 7
    cfg=$scratch/$kind.cfg data=$scratch/$kind out=$scratch/$kind.png weights=$scratch/backup/${kind}_final.weights
    net $kind "$channels" "$channels" >"$cfg"
    run() { # run COMMAND ARGUMENT...: a command
        local command=$1
        shift
        silent "$kind, $command $(sed "s|$scratch/||g" <<<"$*")" $build/darknet pixelcnn "$command" "$@"
    }
    run train "$cfg" "$data" -backup "$scratch/backup" -eval_every 2 -save_every 1 -sample_every 2 -report "$scratch/report-$kind"
    sed -i s/max_batches=4/max_batches=6/ "$cfg"
    run train "$cfg" "$data" -backup "$scratch/backup"
    run eval "$cfg" "$weights" "$data" -batch 3
    run score "$cfg" "$weights" "$data"
    run classify "$cfg" "$weights" "$data"
    run sample "$cfg" "$weights" -label all -n 3 -out "$out"
    run sample "$cfg" "$weights" -label 1 -n 5 -guidance 1 -out "$out"
    run sample "$cfg" "$weights" -label 1 -n 2 -naive -out "$out"
    run sample "$cfg" "$weights" -label 1 -n 1 -width 30 -out "$out"
    run sample "$cfg" "$weights" -label 1 -n 1 -out "$out"
    run complete "$cfg" "$weights" "$out" -rows 3 -n 3 -out "$scratch/completed.png"
    run check "$cfg" "$weights" -limit 4
    run bench "$cfg" -batch 3 -seconds 0
    silent "$kind, the library on threads and in parallel regions of a caller's" $build/tests/tsan/caller_threads "$cfg" "$weights"
done
rm -rf "$scratch"/*
exit $failed
