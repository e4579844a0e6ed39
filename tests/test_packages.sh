#!/bin/bash
# make dist and make deb: what is in the tarball, that it builds without git and network, that the packages hold together and
# lintian has nothing to say. The packages are compiled without optimisation; scripts/deb.sh builds those for use. TAP.
cd "$(dirname "$0")/.." || exit
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pixelcnn-packages.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
unset MAKEFLAGS MFLAGS CFLAGS CPPFLAGS LDFLAGS WERROR V
n=0
say() { n=$((n + 1)) && echo "$1 $n - $2"; }
# check NAME COMMAND...: the command succeeds; what it said is in $scratch/log.
check() {
    local name=$1
    shift
    if "$@" >"$scratch/log" 2>&1; then say ok "$name"; else say "not ok" "$name" && tail -n 30 "$scratch/log" | sed 's/^/# /'; fi
}
skip_rest() { while [ $n -lt 19 ]; do say ok "$1 # SKIP $2"; done; exit; }

echo 1..19
[ -e .git ] || skip_rest "make dist" "not tested: no git repository here"
version=$(scripts/version.sh) name=pixelcnn-$(scripts/version.sh) tree=$scratch/pixelcnn-$(scripts/version.sh)

# ---- the tarball ----
check "make dist" make -s dist
tar -C "$scratch" -xzf "build/$name.tar.gz"
lacking() { git ls-tree -r --name-only HEAD | while read -r f; do [ -e "$tree/$f" ] || echo "$f"; done | grep .; }
check "has all files of the commit" eval "! lacking"
check "and Darknet's" env -C "$tree/build/darknet-61c9d02e" sha256sum --quiet -c "$tree/host/darknet.sha256"
check "and its licence" test -s "$tree/build/darknet-61c9d02e/LICENSE"
check "states the version" grep -q "^pixelcnn ($version) " "$tree/debian/changelog"
# No network: apt-get and git cannot be called.
mkdir "$scratch/bin" && for tool in apt-get git curl wget; do printf '#!/bin/sh\nexit 1\n' >"$scratch/bin/$tool"; done && chmod +x "$scratch"/bin/*
check "builds without git and network" env PATH="$scratch/bin:$PATH" make -s -C "$tree" build/cpu/base/errors.o build/cpu/darknet-src/layer.o
cp "build/$name.tar.gz" "$scratch/first.tar.gz"
TZ=UTC-9 make -s dist >"$scratch/log" 2>&1
check "the same commit gives the same bytes in another time zone" cmp "build/$name.tar.gz" "$scratch/first.tar.gz"
! make -s -C "$tree" dist >"$scratch/said" 2>&1
check "in the tarball make dist says why not" grep -q "needs the git repository" "$scratch/said"

# ---- what is stated twice ----
stated() { grep -oE '\blib[a-z0-9-]+-dev\b' "$1" | grep -v -e libc6-dev -e libpixelcnn | sed 's/libjpeg62-turbo-dev/libjpeg-dev/' | sort -u; }
check "packages to build with are those of scripts/build.sh" diff <(stated scripts/build.sh) \
    <(sed -n '/^Build-Depends/,/^$/p' debian/control | grep -v nocheck >"$scratch/needs"; stated "$scratch/needs")
check "the Containerfile copies what the packages are called" eval \
    'for p in $(grep -oE "/packages/[a-z0-9-]+" Containerfile); do grep -q "^Package: ${p#/packages/}$" debian/control || exit 1; done'

# ---- the packages: minutes of compiling ----
[ "${SOAK:-}" = 1 ] || skip_rest packages "made by make soak, or SOAK=1"
for tool in dpkg-buildpackage dh dh_python3; do command -v $tool >/dev/null || skip_rest packages "not tested: no $tool (Debian: dpkg-dev debhelper dh-python)"; done
# The program may be newer than the commit, but not the packages' compiler flags.
check "make deb" env CC="${CC:-gcc}" DPKG_DEB_COMPRESSOR_TYPE=gzip DPKG_DEB_COMPRESSOR_LEVEL=1 DEB_BUILD_OPTIONS="nocheck noopt parallel=$(nproc)" make -s deb
for p in build/deb/*.deb; do dpkg-deb -x "$p" "$scratch/root"; done
check "five packages" eval '[ "$(basename -a build/deb/*.deb | sed "s/_.*//; /-dbgsym$/d" | sort | xargs)" = "libpixelcnn-dev libpixelcnn0 pixelcnn pixelcnn-data python3-pixelcnn" ]'
check "no program named darknet, no licence twice" eval \
    '! find "$scratch/root" -name darknet -o -name "LICENSE*" | grep .'
check "no file of the build tree is named in them" eval '! grep -rlaF "$PWD" "$scratch/root"'
usr=$scratch/root/usr lib=$(dirname "$(find "$scratch/root" -name libpixelcnn.so)")
check "the program finds its net and draws" env -C "$scratch" OMP_NUM_THREADS=2 "$usr/bin/pixelcnn" sample -label 3 -n 1 -out three.png
check "it has the version" eval '"$usr/bin/pixelcnn" version | grep -qE "^version +$version$"'
example() { # the C example, built against the unpacked packages
    gcc "$usr/share/pixelcnn/examples/sample.c" $(PKG_CONFIG_SYSROOT_DIR=$scratch/root PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --cflags --libs pixelcnn) \
        -o "$scratch/sample" && LD_LIBRARY_PATH=$lib "$scratch/sample" cfg/none.cfg weights/none.weights 3
    [ $? = 1 ] # there is no such cfg, and the library says so
}
if command -v pkg-config >/dev/null; then check "a program is built with the library" example; else say ok "a program # SKIP not tested: no pkg-config"; fi
if /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
    check "Python finds it" env LD_LIBRARY_PATH="$lib" PYTHONPATH="$usr/lib/python3/dist-packages" PYTHONDONTWRITEBYTECODE=1 \
        /usr/bin/python3 -c 'import pixelcnn; assert pixelcnn.__file__.endswith("dist-packages/pixelcnn/__init__.py")'
else
    say ok "Python # SKIP not tested: no python3-numpy"
fi
if command -v lintian >/dev/null; then
    check "lintian has nothing to say" eval 'lintian --allow-root --fail-on error,warning build/deb/*.changes >"$scratch/said" 2>&1 && ! grep "^[EW]:" "$scratch/said" || { cat "$scratch/said"; false; }'
else
    say ok "lintian # SKIP not tested: no lintian"
fi
