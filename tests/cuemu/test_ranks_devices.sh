#!/bin/bash
# A training on two ranks with an emulated device each: equals that on one device up to rounding, and itself to the bit. Prints TAP.
cd "$(dirname "$0")/../.." || exit
skip() { echo "1..1"; echo "ok 1 - ranks with a device each # SKIP not tested: $1"; exit; }
command -v g++ >/dev/null && command -v python3 >/dev/null || skip "g++ or python3 is missing"
command -v mpirun >/dev/null && command -v "${MPICC:-mpicc}" >/dev/null || skip "no mpirun (Debian: openmpi-bin libopenmpi-dev)"
mpirun --version 2>/dev/null | grep -q 'Open MPI' || skip "mpirun is not Open MPI's"
if ! said=$(make -s -j2 EMU=1 MPI=1 CC="${CC:-gcc}" build/emu-mpi/darknet 2>&1); then
    echo "1..1"; echo "$said" | sed 's/^/# /'; echo "not ok 1 - make EMU=1 MPI=1"; exit 1
fi
exec python3 tests/check_ranks_devices.py
