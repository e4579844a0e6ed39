#!/bin/bash
# Weights between this program and PyTorch: see check_torch_conversion.py. TAP.
cd "$(dirname "$0")/.." || exit
for p in python3 /usr/bin/python3; do
    $p -c 'import importlib.util as u, sys; sys.exit(not (u.find_spec("torch") and u.find_spec("numpy")))' 2>/dev/null || continue
    exec $p tests/check_torch_conversion.py
done
echo "1..1"
echo "ok 1 - conversion # SKIP not tested: no python3 with torch (Debian: python3-torch)"
