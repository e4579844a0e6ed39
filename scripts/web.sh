#!/bin/sh
# Builds the page in the browser (docs/browser.md), after installing what that needs, and serves it on localhost: web.sh [PORT]
# (8000). WEB_NET=NAME takes another net: cfg/NAME.cfg and weights/NAME.weights.
set -eu
cd "$(dirname "$0")/.."
port=${1:-8000}
case $port in *[!0-9]* | "") echo "usage: $0 [PORT]" >&2; exit 1 ;; esac
scripts/setup.sh make clang lld wasi-libc libclang-rt-dev-wasm32 libxxhash-dev librandom123-dev python3 xz-utils ca-certificates
make -s -j"$(nproc)" web >&2
echo "http://localhost:$port/"
exec python3 -m http.server --bind 127.0.0.1 --directory build/web "$port"
