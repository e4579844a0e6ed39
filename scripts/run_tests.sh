#!/bin/bash
# Runs test programs, shows what fails, and ends with `N passed, N failed, N skipped`: run_tests.sh PROGRAM...
# Runs as many in parallel as there are cores (JOBS=N: N), long ones first, each on one thread, since a team of threads
# takes several times as long for the tests' tiny nets; those in `teams` run on two threads. OMP_NUM_THREADS sets another number
# for all. What mostly waits runs beside them, one after the other (not with one job). What measures time runs alone, at the end.
# The results keep the order of the arguments. Before the last line: seconds and processor time, since $TESTS_STARTED if that is set.
cd "$(dirname "$0")/.."
# From a make that may have started this: builds in tests use their own jobs.
MAKEFLAGS=$(sed -E 's/(^| )-j[0-9]*//g; s/ ?--jobserver-[a-z]+=[^ ]*//g' <<<"${MAKEFLAGS:-}") && export MAKEFLAGS
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}  # as ./darknet does: threads that wait give way
jobs=${JOBS:-$(nproc)}
started=${TESTS_STARTED:-$EPOCHSECONDS}
# By how long they take, from a quarter of a minute on.
first=(test_emulated.sh fuzz.sh check_docs.sh test_leaks test_exact_builds.sh test_gpu_build.sh test_faults test_measure_device.sh
    test_shipped test_random_nets.sh test_cut test_check test_install test_reported_files_signals test_host test_row_barriers.sh
    test_torch_conversion.sh test_shares.sh test_report test_reported_robust)
beside=(test_web.sh test_ranks_slurm.sh test_ranks_faults.sh test_ranks.sh test_ranks_hosts.sh test_ranks_agreement.sh)
alone=(test_bench)
teams=(test_library_memory test_threads test_solver test_state test_resume test_weights test_commands test_use test_library test_bench)
folder=$(mktemp -d "${TMPDIR:-/tmp}/pixelcnn.XXXXXX")
trap 'rm -rf "$folder"' EXIT

listed() { # listed NAME LIST...: is it one of them?
    local name=$1
    shift
    [[ " $* " = *" $name "* ]]
}

# Lines of TAP of which the first with a reason is shown, with the number of the others.
once_for_each_reason() {
    awk '{ reason = $0; if (!sub(/.*# SKIP/, "", reason)) reason = NR
           if (!more[reason]++) { line[++n] = $0; of[n] = reason } }
         END { for (i = 1; i <= n; ++i) print line[i] (more[of[i]] > 1 ? " (and " more[of[i]] - 1 " more)" : "") }'
}

# one N PROGRAM: its counts go to $folder/N.counts, what is to be shown to $folder/N.
one() {
    local output status p f s plan lost seconds user system TIMEFORMAT='%0R %0U %0S'
    local threads=${OMP_NUM_THREADS:-$(listed "$(basename "$2")" "${teams[@]}" && echo 2 || echo 1)}
    { time OMP_NUM_THREADS=$threads CMOCKA_MESSAGE_OUTPUT=TAP "$2" >"$folder/$1.output" 2>&1 </dev/null; } 2>"$folder/$1.time"
    status=$?
    output=$(<"$folder/$1.output")
    read -r seconds user system < <(tail -n 1 "$folder/$1.time")
    # For a skipped test cmocka 1.1.7 prints "not ok ... # SKIP".
    output=$(sed 's/^not ok \(.*# SKIP\)/ok \1/' <<<"$output")
    p=$(grep -c '^ok ' <<<"$output") f=$(grep -c '^not ok ' <<<"$output") s=$(grep -c '^ok .*# SKIP' <<<"$output")
    plan=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' <<<"$output" | head -n 1)
    # A program that died took the rest of its tests with it.
    lost=$(( ${plan:-1} - p - f ))
    [ "$lost" -gt 0 ] && f=$((f + lost))
    [ "$status" -ne 0 ] && [ "$f" -eq 0 ] && f=1
    {
        printf '%-40s %d passed, %d failed%s  (%d s, CPU %d s)\n' "$(basename "$2")" "$((p - s))" "$f" \
            "$([ "$s" -gt 0 ] && echo ", $s skipped")" "$seconds" $((user + system))
        [ "$f" -gt 0 ] && grep -vE '^ok ' <<<"$output" | tail -n 40
        [ "$s" -gt 0 ] && grep -E 'not tested|^ok .*# SKIP' <<<"$output" | once_for_each_reason
    } >"$folder/$1"
    echo "$((p - s)) $f $s" >"$folder/$1.counts"
}

programs=("$@") order=() aside=() last=()
[ "$jobs" -gt 1 ] || beside=()
for name in "${first[@]}"; do
    for i in "${!programs[@]}"; do [ "$(basename "${programs[i]}")" != "$name" ] || order+=("$i"); done
done
for i in "${!programs[@]}"; do
    name=$(basename "${programs[i]}")
    if listed "$name" "${alone[@]}"; then last+=("$i")
    elif listed "$name" "${beside[@]}"; then aside+=("$i")
    elif ! listed "$name" "${first[@]}"; then order+=("$i"); fi
done

passed=0 failed=0 skipped=0 shown=0
show_ready() { # what is finished, up to the first that is not
    local p f s
    while [ -e "$folder/$shown.counts" ]; do
        read -r p f s <"$folder/$shown.counts"
        passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
        cat "$folder/$shown"
        shown=$((shown + 1))
    done
}

one_by_one() { for i in "$@"; do one "$i" "${programs[i]}"; done; }
one_by_one "${aside[@]}" & waiting=$!
running=0
finish_one() { # of those that are counted
    local ended=$waiting
    while [ "$ended" = "$waiting" ]; do wait -n -p ended; done
    running=$((running - 1))
    show_ready
}
for i in "${order[@]}"; do
    [ "$running" -lt "$jobs" ] || finish_one
    one "$i" "${programs[i]}" &
    running=$((running + 1))
done
while [ "$running" -gt 0 ]; do finish_one; done
wait
for i in "${last[@]}"; do
    one "$i" "${programs[i]}"
    show_ready
done
show_ready
# A test whose counts are missing was killed with what ran it.
failed=$((failed + $# - shown))
[ "$shown" -eq $# ] || echo "${programs[shown]}: its result is missing"
times >"$folder/times" # of this process and of its children, those before an exec too
tr 'ms' '  ' <"$folder/times" | awk -v wall=$((EPOCHSECONDS - started)) '{ cpu += 60 * ($1 + $3) + $2 + $4 }
    END { printf "%d s, CPU %d s\n", wall, cpu }'
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
