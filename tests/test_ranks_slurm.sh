#!/bin/bash
# Trainings over Slurm, which is started here (tests/check_ranks_slurm.py). Prints TAP.
cd "$(dirname "$0")/.." || exit
skip() { echo "1..1"; echo "ok 1 - Slurm # SKIP not tested: $1"; exit; }
command -v "${MPICC:-mpicc}" >/dev/null || skip "no MPI (Debian: openmpi-bin libopenmpi-dev)"
for program in slurmctld slurmd sbatch munged; do
    command -v $program >/dev/null || skip "no $program (Debian: slurmctld slurmd slurm-client munge slurm-wlm-basic-plugins)"
done
command -v python3 >/dev/null || skip "no python3"
[ "$(id -u)" = 0 ] || skip "slurmctld and slurmd are started by root"
if ! said=$(make -s MPI=1 build/cpu-mpi/darknet 2>&1); then
    echo "1..1"; echo "$said" | sed 's/^/# /'; echo "not ok 1 - make MPI=1"; exit 1
fi
exec python3 tests/check_ranks_slurm.py
