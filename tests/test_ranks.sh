#!/bin/bash
# Trainings in several processes, by mpirun on this machine (tests/check_ranks.py). Prints TAP.
cd "$(dirname "$0")/.." || exit
skip() { echo "1..1"; echo "ok 1 - several ranks # SKIP not tested: $1"; exit; }
command -v mpirun >/dev/null && command -v "${MPICC:-mpicc}" >/dev/null || skip "no mpirun (Debian: openmpi-bin libopenmpi-dev)"
mpirun --version 2>/dev/null | grep -q 'Open MPI' || skip "mpirun is not Open MPI's"
command -v python3 >/dev/null || skip "no python3"
if ! said=$(make -s build/cpu/darknet 2>&1 && flock build/.mpi-lock make -s MPI=1 build/cpu-mpi/darknet 2>&1); then
    echo "1..1"; echo "$said" | sed 's/^/# /'; echo "not ok 1 - make MPI=1"; exit 1
fi
exec python3 tests/check_ranks.py
