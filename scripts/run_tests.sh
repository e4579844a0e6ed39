#!/bin/bash
# Runs test programs, shows what fails, and ends with `N passed, N failed, N skipped`: run_tests.sh PROGRAM...
cd "$(dirname "$0")/.."
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}  # as ./darknet does: threads that wait give way
passed=0 failed=0 skipped=0
for program in "$@"; do
    output=$(CMOCKA_MESSAGE_OUTPUT=TAP "$program" 2>&1 </dev/null)
    status=$?
    # Of a test that was skipped cmocka 1.1.7 says "not ok ... # SKIP".
    output=$(sed 's/^not ok \(.*# SKIP\)/ok \1/' <<<"$output")
    p=$(grep -c '^ok ' <<<"$output") f=$(grep -c '^not ok ' <<<"$output") s=$(grep -c '^ok .*# SKIP' <<<"$output")
    plan=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' <<<"$output" | head -n 1)
    # A program that died took the rest of its tests with it.
    lost=$(( ${plan:-1} - p - f ))
    [ "$lost" -gt 0 ] && f=$((f + lost))
    [ "$status" -ne 0 ] && [ "$f" -eq 0 ] && f=1
    passed=$((passed + p - s)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '%-40s %d passed, %d failed%s\n' "$(basename "$program")" "$((p - s))" "$f" "$([ "$s" -gt 0 ] && echo ", $s skipped")"
    [ "$f" -gt 0 ] && grep -vE '^ok ' <<<"$output" | tail -n 40
    [ "$s" -gt 0 ] && grep -E 'not tested|^ok .*# SKIP' <<<"$output"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
