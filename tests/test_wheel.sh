#!/bin/bash
# The Python package as a wheel: pip builds it, it carries the library, and works in a virtual environment without this tree. TAP.
cd "$(dirname "$0")/.." || exit
library=$PWD/build/cpu/libpixelcnn.so.0
echo "1..4"
for p in python3 /usr/bin/python3; do
    $p -c 'import setuptools, numpy, pip, venv, wheel' 2>/dev/null && python=$p && break
done
skip=
[ -n "${python:-}" ] || skip="no python3 with numpy, pip, setuptools, venv and wheel (Debian: python3-numpy, -pip, -setuptools, -venv, -wheel)"
[ -e "$library" ] || skip="no $library (make library)"
if [ -n "$skip" ]; then
    for i in 1 2 3 4; do echo "ok $i - wheel # SKIP not tested: $skip"; done
    exit
fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pixelcnn-wheel.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INDEX=1 PYTHONDONTWRITEBYTECODE=1
n=0
check() {
    n=$((n + 1))
    local name=$1
    shift
    if "$@" >"$scratch/log" 2>&1; then echo "ok $n - $name"; else echo "not ok $n - $name"; sed 's/^/# /' "$scratch/log" | tail -n 30; failed=1; fi
}

builds() {
    $python -m venv --system-site-packages --without-pip "$scratch/env" &&
        PIXELCNN_LIBRARY=$library "$scratch/env/bin/python" -m pip -q wheel --no-build-isolation --no-deps -w "$scratch" python/
}
version=$(sed -n 's/^#define PIXELCNN_VERSION "\(.*\)"/\1/p' library/pixelcnn.h)
# For a platform, since it has a library in it, and any Python; the library's version.
is_named() { ls "$scratch" && [ -f "$scratch/pixelcnn-$version-py3-none-linux_$(uname -m).whl" ]; }
leaves_nothing() { [ -z "$(find python -name build -o -name '*.egg-info' -o -name '*.so*')" ]; }
works() {
    "$scratch/env/bin/python" -m pip -q install --no-deps "$scratch"/pixelcnn-*.whl && cd / || return
    env -u PYTHONPATH -u PIXELCNN_LIBRARY -u LD_LIBRARY_PATH "$scratch/env/bin/python" - "$OLDPWD" "$scratch/env/" <<'E2'
import os, sys
import pixelcnn
root, env = sys.argv[1:]
mapped = [line.split()[-1] for line in open("/proc/self/maps") if "libpixelcnn" in line]
assert pixelcnn.__file__.startswith(env), pixelcnn.__file__
assert mapped and all(path.startswith(env) for path in mapped), mapped
with pixelcnn.PixelCNN(root + "/cfg/gated_pixelcnn.cfg", root + "/weights/gated_pixelcnn.weights") as net:
    images = net.sample(2, label=3)
    assert images.shape == (2, 1, 28, 28) and images.std() > 20, images.std()
    assert net.bits_per_dim(images, label=3).max() < 0.5
E2
}
check "pip builds a wheel" builds
check "for this platform and any Python 3" is_named
check "nothing is left in the tree" leaves_nothing
check "it works without the tree, with the library that it carries" works
exit "${failed:-0}"
