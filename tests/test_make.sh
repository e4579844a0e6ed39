#!/bin/bash
# The Makefile: whose flags are used, what is built again and when, which switches are refused, what a failed command leaves,
# and a folder with spaces in its name. Commands are looked at (make -n) or make a few objects. TAP.
cd "$(dirname "$0")/.." || exit
root=$PWD
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pixelcnn make.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
unset MAKEFLAGS MFLAGS CC CFLAGS CPPFLAGS LDFLAGS WERROR V
n=0
say() { n=$((n + 1)) && echo "$1 $n - $2"; }
# check NAME COMMAND...: the command succeeds; what it said is in $scratch/log.
check() {
    local name=$1
    shift
    if "$@" >"$scratch/log" 2>&1; then say ok "$name"; else say "not ok" "$name" && sed 's/^/# /' "$scratch/log" | tail -n 30; fi
}

# A tree of links with a Makefile of its own, in which nothing is built.
tree=$scratch/tree
mkdir -p "$tree/build"
for f in *; do case $f in Makefile | mk | build | darknet | data | backup) ;; *) ln -s "$root/$f" "$tree/" ;; esac done
cp -r Makefile mk "$tree/"
[ ! -d build/darknet-61c9d02e ] || ln -s "$root/build/darknet-61c9d02e" "$tree/build/"
cd "$tree" || exit
objects="build/cpu/base/errors.o build/cpu/darknet-src/layer.o"
commands() { make -n "$@" $objects build/cpu/libpixelcnn.so.0; } # what make would run
build() { make -s "$@" $objects; }
has() { grep -qE -e "$1" "$scratch/commands"; }
lacks() { ! has "$1"; }
# refused NAME WORDS ARGUMENT...: make stops with one line that says it.
refused() {
    local name=$1 words=$2
    shift 2
    if make "$@" >"$scratch/log" 2>&1; then say "not ok" "$name: make goes on"; return; fi
    check "$name" test "$(grep -c . "$scratch/log")-$(grep -ce "$words" "$scratch/log")" = 1-1
    grep -qe "$words" "$scratch/log" || sed 's/^/# /' "$scratch/log"
}

echo 1..48
# ---- the caller's flags ----
commands CFLAGS="-O2 -DA='1 2'" CPPFLAGS=-DB LDFLAGS=-Wl,-z,noexecstack >"$scratch/commands"
check "CFLAGS and CPPFLAGS come after our flags" has "-O3 .*-Wall .*-DB -O2 -DA='1 2' .*-fPIC .*base/errors.c"
check "and for Darknet's files" has "-O3 .*-DB -O2 -DA='1 2' .*darknet-61c9d02e/src/layer.c"
check "LDFLAGS" has "-O2 .*-Wl,-z,noexecstack -shared"
CFLAGS=-O1 CPPFLAGS=-DB LDFLAGS=-DL commands >"$scratch/commands"
check "the environment's flags" has "-DB -O1 .*base/errors.c"
check "the environment's LDFLAGS" has "-O1 .*-DL -shared"
CC=some-gcc commands >"$scratch/commands"
check "the environment's CC" has "^some-gcc .*base/errors.c"
commands AR=some-ar OBJCOPY=some-objcopy >"$scratch/commands"
check "OBJCOPY" has "^some-objcopy .*layer.o"
commands >"$scratch/commands"
check "warnings are no errors" lacks -Werror
check "by itself gcc compiles" has "^gcc .*base/errors.c"
commands WERROR=1 >"$scratch/commands"
check "WERROR=1 makes them errors" has "-Werror .*base/errors.c"
commands CFLAGS="-O2 -march=native" >"$scratch/commands"
check "-march is for Darknet's files" has "-O2 -march=native .*layer.c"
if [ "$(uname -m)" = x86_64 ]; then # gcc 12 cannot compile ours with it on every CPU
    check "ours are compiled for each instruction set anyway" lacks "^gcc .*march=.* -c base/errors.c"
else
    say ok "ours are compiled for each instruction set anyway # SKIP not x86-64"
fi
commands CFLAGS=-D_FORTIFY_SOURCE=3 >"$scratch/commands"
check "_FORTIFY_SOURCE of the caller's is the only one" lacks "_FORTIFY_SOURCE=2"
if command -v dpkg-buildflags >/dev/null; then
    flags() { dpkg-buildflags --get "$1"; }
    check "builds with dpkg-buildflags, without warnings" build WERROR=1 CFLAGS="$(flags CFLAGS)" CPPFLAGS="$(flags CPPFLAGS)" \
        LDFLAGS="$(flags LDFLAGS)"
else
    say ok "dpkg-buildflags # SKIP not tested: no dpkg-buildflags (Debian: dpkg-dev)"
fi

# ---- what is built again ----
check "builds" build
check "is up to date then" make -q $objects
echo "# a comment" | tee -a Makefile mk/*.mk >/dev/null
check "after a comment in the Makefile too" make -q $objects
check "and with WERROR=1" make -q WERROR=1 $objects
check "and with ccache" make -q CC="ccache gcc" $objects
make -n CFLAGS=-DA $objects >"$scratch/commands"
check "other flags build again" has "-DA .*base/errors.c"
check "Darknet's objects as well" has "-DA .*layer.c"
make -n OBJCOPY=other-objcopy $objects >"$scratch/commands"
check "another objcopy: Darknet's objects" has "^other-objcopy .*layer.o"
check "and only those" lacks "base/errors.c"
make -n LDFLAGS=-Wl,-O1 $objects >"$scratch/commands"
check "LDFLAGS build no object again" lacks "\.c"
make V=1 CFLAGS=-DA $objects >"$scratch/commands" 2>&1
check "V=1 shows commands" has "^gcc .*-c base/errors.c"
check "and only them" lacks "^CC "
make CFLAGS=-DB $objects >"$scratch/commands" 2>&1
check "otherwise make names the file" has "^CC base/errors.c"
check "and no command" lacks "^gcc"

# ---- commands that fail ----
fails() { # fails NAME: writes half of what it should make, the word after -o or else the last, and fails
    printf '#!/bin/bash\nwhile [ $# -gt 1 ] && [ "$1" != -o ]; do shift; done\n[ "$1" != -o ] || shift\necho half >"$1"; exit 1\n' >"$scratch/$1"
    chmod +x "$scratch/$1"
}
fails half
ln -s "$scratch" /tmp/pixelcnn-make-$$ && trap 'rm -rf "$scratch" /tmp/pixelcnn-make-$$' EXIT
half=/tmp/pixelcnn-make-$$/half
rm -f $objects
! make -s OBJCOPY=$half build/cpu/darknet-src/layer.o >"$scratch/log" 2>&1
check "a failed objcopy leaves no object" test ! -e build/cpu/darknet-src/layer.o
check "make then builds it" build
check "with its second name" eval "nm build/cpu/darknet-src/layer.o | grep -q ' T darknet_free_layer' && nm build/cpu/darknet-src/layer.o | grep -q ' W free_layer'"
rm -f $objects
! make -s CC=$half build/cpu/base/errors.o >"$scratch/log" 2>&1
check "a failed compiler leaves no object" test ! -e build/cpu/base/errors.o

# ---- switches ----
printf '#!/bin/bash\n[[ "$*" != *-fsanitize* && "$*" != *-fopenmp* ]] && exec gcc "$@"\nexit 1\n' | tee "$scratch/plain" >"$scratch/plain-clang"
chmod +x "$scratch/plain" "$scratch/plain-clang"
plain=/tmp/pixelcnn-make-$$/plain
refused "SANITIZE=1 without the sanitizers" "SANITIZE=1 needs .*AddressSanitizer" CC=$plain SANITIZE=1
refused "EMU=1 SANITIZE=thread without it" "SANITIZE=thread needs" CC=$plain EMU=1 SANITIZE=thread
refused "FUZZ=1 without libFuzzer" "FUZZ=1 needs clang" CC=$plain-clang FUZZ=1
refused "clang without OpenMP" "needs its OpenMP runtime.*OPENMP=0" CC=$plain-clang
refused "SANITIZE=address for the CPU" "SANITIZE=address is not for this build" SANITIZE=address
refused "SANITIZE=yes" "SANITIZE=yes: expected 0, 1, thread or address" SANITIZE=yes
refused "DEBUG=yes" "DEBUG=yes: expected 0 or 1" DEBUG=yes
refused "MPI=1 without mpicc" "MPI=1 needs an MPI library" MPI=1 MPICC=no-mpicc
refused "-Ofast" "without NaN and infinity" CFLAGS=-Ofast
refused "DARKNET_SRC that does not exist" "DARKNET_SRC=nowhere: no Darknet source there" DARKNET_SRC=nowhere
check "and it is not made" test ! -e nowhere
make -n test >"$scratch/commands" 2>&1
check "make test installs nothing" lacks "apt-get|setup.sh"

# ---- clang ----
if command -v clang >/dev/null; then
    check "clang builds, without warnings" make -s CC=clang BUILD=build/clang OPENMP=0 WERROR=1 build/clang/base/errors.o \
        build/clang/layers/math/multiply.o build/clang/layers/gated.o build/clang/darknet-src/layer.o
    [ "$(uname -m)" != x86_64 ] || check "with AVX2 and AVX-512" eval "objdump -d build/clang/layers/math/multiply.o | grep -q zmm"
else
    for _ in 1 2; do say ok "clang # SKIP not tested: no clang"; done
fi

# ---- a folder with spaces ----
# What is built in build/cpu, linked anew here.
if [ -x "$root/build/cpu/darknet" ] && [ -x "$root/build/cpu/libpixelcnn.so.0" ]; then
    rm -rf build/cpu && cp -a "$root/build/cpu" build/ && rm build/cpu/darknet build/cpu/libpixelcnn.so.0
    cp -p "$root/Makefile" . && cp -pr "$root/mk" .
    check "program and library in a folder with spaces" make -s CC="${CC:-gcc}" all library
    check "the program runs" ./darknet pixelcnn version
else
    for _ in 1 2; do say ok "a folder with spaces # SKIP not tested: build/cpu is not built"; done
fi
