#!/bin/bash
# The page in the browser: it builds, and does in headless Chromium what it should (tests/check_page.py). Prints TAP.
cd "$(dirname "$0")/.." || exit
skip() { echo "1..1"; echo "ok 1 - the page in the browser # SKIP not tested: $1"; exit; }
python=
for p in python3 /usr/bin/python3; do [ -n "$python" ] || ! $p -c 'import numpy' 2>/dev/null || python=$p; done
[ -n "$python" ] || skip "no python3 with numpy (Debian: python3-numpy)"
command -v chromium >/dev/null || skip "no chromium"
echo 'int main(void) { return 0; }' | ${WEB_CC:-clang} --target=wasm32-wasi --sysroot="${WEB_SYSROOT:-/usr}" -x c - -o /dev/null 2>/dev/null ||
    skip "no clang for wasm32 (Debian: clang lld wasi-libc libclang-rt-dev-wasm32)"
[ -e build/cpu/libpixelcnn.so.0 ] || skip "build/cpu/libpixelcnn.so.0 is not built"
if [ -z "${WEB_CC:-}" ] && command -v ccache >/dev/null; then export WEB_CC="ccache clang"; fi
if ! said=$(flock build/.web-lock make -s -j2 web 2>&1); then
    echo "1..1"; echo "$said" | sed 's/^/# /'; echo "not ok 1 - make web"; exit 1
fi
exec "$python" tests/check_page.py
