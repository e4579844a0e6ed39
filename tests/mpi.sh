# What tests of several ranks need, for them to source; $of says what they test.
# shellcheck shell=bash
skip() { echo "1..1"; echo "ok 1 - $of # SKIP not tested: $1"; exit; }

need_mpi() {
    command -v mpirun >/dev/null && command -v "${MPICC:-mpicc}" >/dev/null || skip "no mpirun (Debian: openmpi-bin libopenmpi-dev)"
    mpirun --version 2>/dev/null | grep -q 'Open MPI' || skip "mpirun is not Open MPI's"
    command -v python3 >/dev/null || skip "no python3"
}

# need_built TARGET... [SWITCH=...]: by make, where it is not there yet; tests that run side by side take turns.
need_built() {
    local said
    mkdir -p build
    said=$(flock build/.mpi-lock make -s -j2 "$@" 2>&1) && return
    echo "1..1"
    sed 's/^/# /' <<<"$said"
    echo "not ok 1 - make $*"
    exit 1
}
