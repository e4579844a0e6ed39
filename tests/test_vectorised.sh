#!/bin/bash
# Are the loops that vectorised.h compiles for AVX2 and AVX-512 vectorised, not left to one number at a time? A function that computes
# with single floats only (addss), with none in vectors (addps), is not. Looks at the objects of build/cpu. TAP.
cd "$(dirname "$0")/.." || exit
skip() { echo "1..0 # SKIP $1"; exit; }
[ "$(uname -m)" = x86_64 ] || skip "not an x86-64 CPU"
command -v objdump >/dev/null || skip "no objdump"
objects=$(grep -rlE '^(static )?VECTORISED(_FUSED)?\(' --include=*.c base layers pixelcnn | sed 's,.*,build/cpu/&,; s,c$,o,')
for o in $objects; do [ -e "$o" ] || skip "$o is not built: make"; done

# Functions named NAME_v3 and NAME_v4: how many, and those that compute with single floats only.
counted=$(objdump -d --no-show-raw-insn $objects | awk '
    /^[0-9a-f]+ </ { f = $2; if (f ~ /_v[34]>:/) ++n }
    $2 ~ /^v(add|sub|mul|div|max|min|cmp[a-z]*|fn?m(add|sub)[0-9]*)ps$/ { ++vectors[f] }
    $2 ~ /^v(add|sub|mul|div|max|min|u?comi|cmp[a-z]*|fn?m(add|sub)[0-9]*)ss$/ { ++single[f] }
    END { for (f in single) if (f ~ /_v[34]>:/ && !vectors[f]) print f; print n + 0 }')
echo 1..2
found=$(tail -n 1 <<<"$counted") bad=$(sed '$d' <<<"$counted")
[ "$found" -ge 20 ] && echo "ok 1 - functions for AVX2 and AVX-512" || echo "not ok 1 - functions for AVX2 and AVX-512: $found"
[ -z "$bad" ] && echo "ok 2 - all of them compute in vectors" || { echo "not ok 2 - all of them compute in vectors"; sed 's/^/# /' <<<"$bad"; }
