# For test_emulated.sh and test_planted.sh, which build in the same folders: one after the other, with the same flags. What runs
# for seconds is optimised little, the kernels, or not at all. SOAK=1: as users build it.
build_emulated() { # build_emulated FOLDER MAKE-ARGUMENTS...
    local of=$1 flags=(CFLAGS=-O0 CXXFLAGS=-O1)
    [ -z "${SOAK:-}" ] || flags=()
    shift
    mkdir -p build
    flock "$of.lock" make -s EMU=1 CC="${CC:-gcc}" "${flags[@]}" "$@" >&2
}
