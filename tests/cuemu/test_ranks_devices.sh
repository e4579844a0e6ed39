#!/bin/bash
# Trainings on ranks with an emulated device each, which sum through host memory or by the emulated NCCL (tests/check_ranks_devices.py), and two
# devices of one process by NCCL. Builds both: with SOAK=1, or where they are built already. Prints TAP.
cd "$(dirname "$0")/../.." || exit
of="ranks with a device each"
. tests/mpi.sh
command -v g++ >/dev/null || skip "no g++"
need_mpi
[ -n "${SOAK:-}" ] || [ -x build/emu-nccl-mpi/darknet ] || skip "built and run by make soak, or SOAK=1"
need_built EMU=1 MPI=1 build/emu-mpi/darknet
need_built EMU=1 MPI=1 NCCL=1 build/emu-nccl-mpi/darknet build/emu-nccl-mpi/tests/gpu/test_gpu_devices
exec python3 tests/check_ranks_devices.py
