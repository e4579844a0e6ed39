#!/bin/bash
# Trainings on two hosts, which are network namespaces of this machine (tests/check_ranks_hosts.py). Prints TAP.
cd "$(dirname "$0")/.." || exit
of="several hosts"
. tests/mpi.sh
need_mpi
command -v ip >/dev/null || skip "no ip (Debian: iproute2)"
[ "$(id -u)" = 0 ] && unshare -nu true 2>/dev/null && ip netns add "pixelcnn-try-$$" 2>/dev/null || skip "network namespaces need root"
ip netns del "pixelcnn-try-$$"
need_built build/cpu/tests/faults.so
need_built MPI=1 build/cpu-mpi/darknet
exec python3 tests/check_ranks_hosts.py
