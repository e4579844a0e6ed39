#!/bin/bash
# Counts the lines and branches of host/, base/, net/, data/ and train/ that the tests reach: coverage.sh [PROGRAM...]
# PROGRAM is the name of a test, such as test_data; default: all. A branch counts if it was taken at least once. Prints a table;
# build/coverage/left.txt lists the branches that were not taken.
set -eu
cd "$(dirname "$0")/.."
jobs=$(nproc)
make -s -j"$jobs" COVERAGE=1 tests >&2
built=$PWD/build/cpu-coverage place=build/coverage
find "$built" -name '*.gcda' -delete

# The tests run ./darknet and what is in build/cpu; here these are the instrumented builds.
rm -rf $place
mkdir -p $place/build
for f in cfg data docs host layers pixelcnn scripts tests README.md Makefile mk base; do
    [ ! -e $f ] || ln -s "$PWD/$f" $place/
done
for f in stock darknet-61c9d02e; do [ ! -e build/$f ] || ln -s "$PWD/build/$f" $place/build/; done
ln -s "$built" $place/build/cpu
ln -s "$built/darknet" $place/darknet

[ $# -gt 0 ] || set -- $(basename -s .c tests/test_*.c)
# One at a time, because some of them measure time.
(cd $place && scripts/run_tests.sh "${@/#/build/cpu/tests/}") >&2 || echo "some tests failed" >&2

objects=$(cd "$built" && find host base pixelcnn -name '*.gcno' | sort)
for o in $objects; do (cd "$built" && gcov --json-format --stdout --branch-probabilities --object-directory "$(dirname "$o")" "$o"); done |
    python3 scripts/coverage_table.py $place/left.txt
