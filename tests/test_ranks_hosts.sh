#!/bin/bash
# Trainings on two hosts, which are network namespaces of this machine (tests/check_ranks_hosts.py). Prints TAP.
cd "$(dirname "$0")/.." || exit
skip() { echo "1..1"; echo "ok 1 - several hosts # SKIP not tested: $1"; exit; }
command -v mpirun >/dev/null && command -v "${MPICC:-mpicc}" >/dev/null || skip "no mpirun (Debian: openmpi-bin libopenmpi-dev)"
mpirun --version 2>/dev/null | grep -q 'Open MPI' || skip "mpirun is not Open MPI's"
command -v ip >/dev/null || skip "no ip (Debian: iproute2)"
command -v python3 >/dev/null || skip "no python3"
[ "$(id -u)" = 0 ] && unshare -nu true 2>/dev/null && ip netns add "pixelcnn-try-$$" 2>/dev/null || skip "network namespaces need root"
ip netns del "pixelcnn-try-$$"
if ! said=$(flock build/.mpi-lock make -s MPI=1 build/cpu-mpi/darknet 2>&1); then
    echo "1..1"; echo "$said" | sed 's/^/# /'; echo "not ok 1 - make MPI=1"; exit 1
fi
exec python3 tests/check_ranks_hosts.py
