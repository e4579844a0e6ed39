#!/bin/bash
# Trainings in several processes, by mpirun on this machine (tests/check_ranks.py). Prints TAP.
cd "$(dirname "$0")/.." || exit
of="several ranks"
. tests/mpi.sh
need_mpi
need_built build/cpu/darknet
need_built MPI=1 build/cpu-mpi/darknet build/cpu-mpi/tests/traffic.so
exec python3 tests/check_ranks.py
