#!/bin/bash
# Signals to trainings in several processes, and ranks that are killed or stopped (tests/check_ranks_faults.py). Prints TAP.
cd "$(dirname "$0")/.." || exit
of="ranks that end early"
. tests/mpi.sh
need_mpi
need_built build/cpu/tests/faults.so
need_built MPI=1 build/cpu-mpi/darknet
exec python3 tests/check_ranks_faults.py
