# shellcheck shell=bash
# Sourced by tests that plant errors in what runs on the emulated device: skips the test where it cannot be compiled, builds $program in
# the folder $of, and links it again with another object. $scratch is removed at the end.
command -v g++ >/dev/null && command -v python3 >/dev/null || {
    echo "1..1"
    echo "ok 1 - the emulated device # SKIP not tested: g++ or python3 is missing"
    exit 0
}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pixelcnn.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export OMP_NUM_THREADS=1 CUEMU_GUARD=0 # for speed: what is planted does not read device memory on the CPU
number=0

report() { # report STATUS NAME
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}

. tests/cuemu/build.sh
build_emulated $of $program || { echo "1..1"; echo "not ok 1 - $of builds"; exit 1; }

# commands_of FILE...: sets `commands` to make's for these files and the program.
commands_of() { commands=$(build_emulated $of -n V=1 $(printf -- '-W %s ' "$@") $program 2>&1); }

# relink OBJECT NEW: links $scratch/test, with NEW in place of the library's OBJECT.
relink() {
    local link
    link=$(grep -- "-o $program " <<<"$commands" | sed "s#$of/libpixelcnn-all.a#$scratch/all.a#; s#-o $program #-o $scratch/test #")
    cp $of/libpixelcnn-all.a "$scratch/all.a" && ar d "$scratch/all.a" "$1" && ar r "$scratch/all.a" "$2" && bash -c "$link"
}

# does_not_compile NAME: reports it, with the end of the log.
does_not_compile() {
    sed 's/^/# /' "$scratch/log" | tail -n 5
    report 1 "$1: compiles"
}
