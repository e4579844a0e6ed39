#!/bin/bash
# The emulator's own test: each planted bug is reported by the mode that should, its repaired twin by none. TAP.
# MODES="plain thread address" says which are built; by itself plain, with SOAK=1 all.
cd "$(dirname "$0")/../.."
command -v g++ >/dev/null && command -v python3 >/dev/null || {
    echo "1..1"
    echo "ok 1 - the emulated device # SKIP not tested: g++ or python3 is missing"
    exit 0
}
MODES=${MODES:-plain${SOAK:+ thread address}}
export CUEMU_DEVICES=2 TSAN_OPTIONS=report_signal_unsafe=0 ASAN_OPTIONS=detect_leaks=0
number=0 SOAK=${SOAK:-}

folder() { case $1 in plain) echo build/emu;; *) echo "build/emu-$1";; esac; }

. tests/cuemu/build.sh
build() {
    local sanitize=0
    [ "$1" = plain ] || sanitize=$1
    build_emulated "$(folder "$1")" CUDNN=0 SANITIZE="$sanitize" "$(folder "$1")/tests/cuemu/planted"
}

# run MODE NAME bug|repaired: status and output of both streams. ThreadSanitizer may not like random addresses.
run() {
    output=$($([ "$1" = thread ] && echo setarch -R) "$(folder "$1")/tests/cuemu/planted" "$2" "$3" 2>&1)
    status=$?
}

ok() { number=$((number + 1)); echo "ok $number $1"; }
not_ok() { number=$((number + 1)); echo "not ok $number $1"; echo "# status $status: $output" | head -n 20; }

# reported MODE NAME WORDS [VARIABLE=VALUE...]
reported() {
    local mode=$1 name=$2 words=$3
    shift 3
    case " $MODES " in *" $mode "*) ;; *) ok "$name is reported ($mode${*:+ $*}) # SKIP only with SOAK=1"; return;; esac
    for setting in "$@"; do export "${setting?}"; done
    run "$mode" "$name" bug
    for setting in "$@"; do unset "${setting%%=*}"; done
    if [ "$status" -ne 0 ] && grep -q "$words" <<<"$output"; then ok "$name is reported ($mode${*:+ $*})"
    else not_ok "$name is reported ($mode${*:+ $*}): $words"; fi
}

# The repaired twin is silent in each mode, whatever the order: in some orders; with SOAK=1 in all.
some="forward/now random:1/now reverse/late random:2/late"
silent() {
    local name=$1 bad=
    for mode in $MODES; do
        for order in forward reverse random:1 random:2; do
            for streams in now late; do
                [ "$mode" != plain ] && [ "$order$streams" != random:1late ] && continue
                [ "$mode$SOAK" = plain ] && [[ " $some " != *" $order/$streams "* ]] && continue
                export CUEMU_ORDER=$order CUEMU_STREAMS=$streams
                run "$mode" "$name" repaired
                unset CUEMU_ORDER CUEMU_STREAMS
                [ "$status" -eq 0 ] && [ -z "$output" ] || bad="$bad $mode/$order/$streams: $output"
            done
        done
    done
    output=$bad
    if [ -z "$bad" ]; then ok "$name, repaired, is silent"; else not_ok "$name, repaired, is silent"; fi
}

cases() {
    reported plain missing_barrier 'the result is nan'
    reported thread missing_barrier 'data race'
    reported thread missing_barrier 'data race' CUEMU_ORDER=reverse
    reported thread missing_atomic 'data race'
    reported thread missing_atomic 'data race' CUEMU_ORDER=random:3
    reported thread missing_atomic_of_blocks 'data race'
    reported plain divergent_barrier 'a divergent barrier in kernel half_waits'
    reported plain barrier_after_return 'a divergent barrier in kernel some_leave'
    reported plain divergent_shuffle "a warp that isn't complete in kernel sum_of_warp"
    reported plain write_behind 'kernel touch .*thread .* behind an allocation of 256'
    reported address write_behind 'heap-buffer-overflow'
    reported plain write_just_behind 'kernel store .* wrote outside an allocation of 252'
    reported address write_just_behind 'heap-buffer-overflow'
    reported plain write_before 'wrote outside an allocation of 256'
    reported plain read_behind 'kernel load .* behind an allocation of 256'
    reported plain read_just_behind 'the result is nan'
    reported address read_just_behind 'heap-buffer-overflow'
    reported plain unwritten_shared 'the result is nan'
    reported plain missing_wait_for_copy 'the result is nan'
    reported plain misaligned_copy 'an asynchronous copy of 16 bytes .*at a multiple of as many'
    reported plain shared_behind 'kernel past_shared .* neither device memory nor shared memory'
    reported address shared_behind 'heap-buffer-overflow'
    reported plain too_much_shared cudaErrorInvalidConfiguration
    reported plain unwritten_memory 'the result is nan'
    reported plain host_pointer 'kernel touch .*argument 1: .* is no device memory'
    reported plain host_dereference 'the host touched device memory'
    reported plain grid_zero cudaErrorInvalidConfiguration
    reported plain block_too_large cudaErrorInvalidConfiguration
    reported plain use_after_free 'freed (use after free)'
    reported plain freed_in_struct 'freed (use after free)'
    reported plain freed_twice 'freed twice'
    reported plain wrong_direction 'device memory where host memory is expected'
    reported plain copy_too_long '512 bytes at offset 0 of an allocation of 256'
    reported plain other_device 'belongs to device 0, which device 1 has no peer access to'
    reported plain other_device_hidden 'device memory at .* that it has no access to'
    reported plain missing_wait 'the result is' CUEMU_STREAMS=late
    reported plain missing_synchronise 'the result is nan' CUEMU_STREAMS=late
    reported plain malloc_in_capture cudaErrorStreamCaptureInvalidated
    reported plain malloc_of_capturing_thread cudaErrorStreamCaptureInvalidated
    for name in $(sed -n 's/.*CASE(\([a-z_]*\)).*/&/p' tests/cuemu/planted.cu | grep -o 'CASE([a-z_]*)' | sed 's/CASE(\(.*\))/\1/' | grep -vx name); do
        silent "$name"
    done
}

for mode in $MODES; do build "$mode" || { echo "1..1"; echo "not ok 1 $mode builds"; exit 1; }; done
listed=$(cases)
echo "1..$(grep -cE '^(not )?ok ' <<<"$listed")"
echo "$listed"
! grep -q '^not ok ' <<<"$listed"
