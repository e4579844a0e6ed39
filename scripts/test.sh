#!/bin/sh
# Installs what the tests need, builds everything and runs all tests, as make test does; warnings are errors. The last line counts them.
# Where torch cannot be installed, parity with PyTorch is skipped, and said so.
set -eu
cd "$(dirname "$0")/.."
export WERROR=${WERROR:-1}
# The builds for the emulated device compile much the same, with ccache once; without it all takes longer.
if scripts/setup.sh ccache 2>/dev/null; then export CC="ccache gcc"; else export CC=gcc; fi
scripts/build.sh
scripts/setup.sh libcmocka-dev
scripts/setup.sh python3-numpy python3-pip python3-setuptools python3-venv python3-wheel pkg-config man-db locales ||
    echo "without python3-numpy, -pip, -setuptools, -venv, -wheel, pkg-config, man-db and locales not all of the library is tested" >&2
scripts/setup.sh python3-torch clang-format valgrind ||
    echo "without python3-torch, clang-format and valgrind some tests are skipped" >&2
scripts/setup.sh clang libclang-rt-14-dev cmake patch || echo "without clang and its libFuzzer fuzzing is skipped" >&2
scripts/setup.sh openmpi-bin libopenmpi-dev iproute2 || echo "without Open MPI and iproute2 nothing is run on several ranks" >&2
scripts/setup.sh chromium || echo "without chromium reports are not looked at in a browser" >&2
scripts/setup.sh clang lld wasi-libc libclang-rt-dev-wasm32 || echo "without clang for wasm32 the page in the browser is not tested" >&2
scripts/setup.sh g++ python3 || echo "without g++ and python3 no kernel is run" >&2
make -s -j"$(nproc)" tests
FUZZ_SECONDS=${FUZZ_SECONDS:-4} exec scripts/run_tests.sh $(make -s list-tests)
