#!/bin/bash
# Trainings on ranks with an emulated device each, which sum through host memory or by the emulated NCCL (tests/check_ranks_devices.py), and two
# devices of one process by NCCL. With SOAK=1, or where the builds are there already. Prints TAP.
cd "$(dirname "$0")/../.." || exit
of="ranks with a device each"
. tests/mpi.sh
. tests/cuemu/build.sh
command -v g++ >/dev/null || skip "no g++"
need_mpi
[ -n "${SOAK:-}" ] || [ -x build/emu-nccl-mpi/darknet ] || skip "built and run by make soak, or SOAK=1"
build() { # build FOLDER MAKE-ARGUMENTS...
    SOAK='' build_emulated "$@" MPI=1 -j2 && return
    echo "1..1"
    echo "not ok 1 - make EMU=1 $*"
    exit 1
}
build build/emu-mpi build/emu-mpi/darknet
build build/emu-nccl-mpi NCCL=1 build/emu-nccl-mpi/darknet build/emu-nccl-mpi/tests/gpu/test_gpu_devices
exec python3 tests/check_ranks_devices.py
