#!/bin/bash
# Builds the fuzz targets and runs each over its corpus: fuzz.sh [SECONDS | -runs N]; default: $FUZZ_SECONDS, or 60 seconds.
# Two at a time. SYSTEM_PICTURES=1 takes the system's libpng and libjpeg, which are not instrumented, instead of building them;
# so does a run of less than 10 seconds, and compiles with -O0. Prints TAP. See docs/dev/fuzzing.md.
cd "$(dirname "$0")/.."
targets=(cfg weights state idx idx_gz cifar npy names picture gpc)
declare -A longest=([cfg]=2048 [weights]=2048 [state]=2048 [idx]=2048 [idx_gz]=512 [cifar]=64 [npy]=512 [names]=256 [gpc]=512 [picture]=4096) # bytes of an input
seconds=${1:-${FUZZ_SECONDS:-60}}
limit=-max_total_time=$seconds
# What runs for seconds need not be fast: without the optimiser clang takes a third of the time.
short=
[ "$seconds" = -runs ] || [ "$seconds" -ge 10 ] || short=1
export SYSTEM_PICTURES=${SYSTEM_PICTURES:-${short:-0}}
[ -z "$short" ] || export CFLAGS=${CFLAGS:--O0}
[ "${1:-}" = -runs ] && limit=-runs=$2

echo 1..${#targets[@]}
number() { for i in "${!targets[@]}"; do [ "${targets[i]}" = "$1" ] && echo $((i + 1)); done; }

if ! echo 'int LLVMFuzzerTestOneInput(const char *d, long n) { return d && n < 0; }' |
    clang -fsanitize=fuzzer,address -x c - -o /dev/null 2>/dev/null; then
    for t in "${targets[@]}"; do echo "ok $(number "$t") - fuzz $t # SKIP clang or its libFuzzer is missing"; done
    exit 0
fi
if ! make -s -j"$(nproc)" fuzz >&2; then
    for t in "${targets[@]}"; do echo "not ok $(number "$t") - fuzz $t: is not built"; done
    exit 1
fi

# New inputs, and those that failed, stay in build/fuzz.
run() {
    local t=$1 found=build/fuzz/found/$1 log=build/fuzz/$1.log failed=build/fuzz/failed/$1- dictionary=
    [ -f "tests/fuzz/$t.dict" ] && dictionary=-dict=tests/fuzz/$t.dict
    mkdir -p "$found" build/fuzz/failed
    build/fuzz/tests/fuzz/fuzz_"$t" "$limit" -max_len="${longest[$t]}" $dictionary -timeout=20 -rss_limit_mb=1024 -detect_leaks=0 \
        -close_fd_mask=3 -print_final_stats=1 -artifact_prefix="$failed" "$found" tests/fuzz/corpus/"$t" >"$log" 2>&1
    local status=$? of=ok
    [ "$status" = 0 ] || of="not ok"
    stat() { sed -n "s/^stat::$1: *//p" "$log"; }
    echo "$of $(number "$t") - fuzz $t: $(stat number_of_executed_units) executions," \
        "$(stat average_exec_per_sec) a second, slowest $(sed -n 's/^slowest attempt: //p' "$log")"
    [ "$status" = 0 ] || { grep -aE 'ERROR|SUMMARY|broken promise|leaked|runtime error|Test unit|^    #' "$log" | cut -c1-160; tail -n 3 "$log"; }
    return "$status"
}
bad=0
for ((i = 0; i < ${#targets[@]}; i += 2)); do
    run "${targets[i]}" >"build/fuzz/${targets[i]}.tap" & first=$!
    next=${targets[i + 1]:-}
    [ -z "$next" ] || { run "$next" >"build/fuzz/$next.tap" & second=$!; }
    wait $first || bad=1
    [ -z "$next" ] || wait $second || bad=1
    cat "build/fuzz/${targets[i]}.tap" ${next:+"build/fuzz/$next.tap"}
done
exit $bad
