#!/bin/bash
# Random nets against PyTorch and against themselves: see check_random_nets.py. Some nets that use every key between them; with
# SOAK=1 200. TAP.
cd "$(dirname "$0")/.." || exit
[ $# -gt 0 ] || set -- ${SOAK:+1 200}
for p in python3 /usr/bin/python3; do
    $p -c 'import importlib.util as u, sys; sys.exit(not (u.find_spec("torch") and u.find_spec("numpy")))' 2>/dev/null || continue
    exec $p tests/check_random_nets.py "$@"
done
echo "1..1"
echo "ok 1 - random nets # SKIP not tested: no python3 with torch (Debian: python3-torch)"
