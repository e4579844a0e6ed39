#!/bin/sh
# Installs what the tests need, builds everything and runs all tests, as make test does; warnings are errors. The last line counts them.
# If torch cannot be installed, parity with PyTorch is skipped with a message.
set -eu
cd "$(dirname "$0")/.."
export WERROR=${WERROR:-1} TESTS_STARTED=$(date +%s)
# The builds for the emulated device compile mostly the same files: with ccache only once.
if scripts/setup.sh ccache 2>/dev/null; then export CC="ccache gcc"; else export CC=gcc; fi
scripts/build.sh build/cpu/darknet.ready # what building needs, and Darknet's source
scripts/setup.sh libcmocka-dev

# Packages that only tests need are installed during compilation. If one is not available, the others still are.
more() { # more WHAT_IS_MISSED PACKAGE...
    missed=$1
    shift
    scripts/setup.sh "$@" || echo "without $* $missed" >&2
}
install_tools() {
    scripts/setup.sh $numpy $parity $fuzzing $browser $wasm $kernels $ranks $cpus 2>/dev/null && return
    more "not all of the library is tested" $numpy
    more "some tests are skipped" $parity
    more "fuzzing is skipped" $fuzzing
    more "reports are not looked at in a browser" $browser
    more "the page in the browser is not tested" $wasm
    more "no kernel is run" $kernels
    more "nothing is run on several ranks" $ranks
    more "other CPUs are not compared" $cpus
}
numpy="python3-numpy python3-pip python3-setuptools python3-venv python3-wheel pkg-config man-db locales"
parity="python3-torch clang-format valgrind"
fuzzing="clang libclang-rt-14-dev"
browser="chromium"
wasm="clang lld wasi-libc libclang-rt-dev-wasm32"
kernels="g++ python3"
ranks="openmpi-bin libopenmpi-dev iproute2"
cpus="gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static nodejs"

install_tools &
make -s -j"$(nproc)" all tests
wait
FUZZ_SECONDS=${FUZZ_SECONDS:-1} exec scripts/run_tests.sh $(make -s list-tests)
