#!/bin/bash
# Ranks that must not start together (tests/check_ranks_agreement.py). Prints TAP.
cd "$(dirname "$0")/.." || exit
of="ranks that differ"
. tests/mpi.sh
need_mpi
need_built build/cpu/darknet
need_built MPI=1 build/cpu-mpi/darknet
[ -z "${SOAK:-}" ] || need_built MPI=1 OPENMP=0 build/cpu-mpi-serial/darknet # another build
exec python3 tests/check_ranks_agreement.py
