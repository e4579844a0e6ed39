#!/bin/bash
# Trainings over a Slurm that is started here (tests/check_ranks_slurm.py). SOAK=1 installs it. Prints TAP.
cd "$(dirname "$0")/.." || exit
of="Slurm"
packages="slurmctld slurmd slurm-client munge slurm-wlm-basic-plugins openmpi-bin libopenmpi-dev"
. tests/mpi.sh
[ -z "${SOAK:-}" ] || scripts/setup.sh $packages >&2 || skip "its packages cannot be installed"
for program in slurmctld slurmd sbatch munged; do
    command -v $program >/dev/null || skip "no $program (Debian: $packages)"
done
need_mpi
[ "$(id -u)" = 0 ] || skip "slurmctld and slurmd are started by root"
need_built MPI=1 build/cpu-mpi/darknet
exec python3 tests/check_ranks_slurm.py
