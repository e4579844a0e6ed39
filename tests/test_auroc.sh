#!/bin/bash
# scripts/auroc.py and scripts/noisy_idx.py compute what they say. Prints TAP.
cd "$(dirname "$0")/.." || exit 1
echo 1..4
if ! python3 -c '' 2>/dev/null; then
    for i in 1 2 3 4; do echo "ok $i # SKIP no python3"; done
    exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
check() {
    if [ "$3" = "$4" ]; then echo "ok $1 - $2"; else echo "not ok $1 - $2"; echo "# expected: $4"; echo "# got: $3"; failed=1; fi
}
printf 'index,nats,ratio_nats\n0,1,5\n1,2,6\n2,2,7\n' >"$dir/usual.csv"
printf 'index,nats,ratio_nats\n0,2,1\n1,3,2\n' >"$dir/unusual.csv"
# By hand: of 6 pairs the unusual one is higher in 4 and equal in 2 of nats, and lower in all of ratio_nats. The unusual images stand
# above 2/3 and 1 of the usual ones, these below 1, .75 and .75 of the unusual ones: variances 1/18 / 2 + 1/48 / 3.
check 1 "AUROC and its interval, with ties" "$(scripts/auroc.py "$dir/usual.csv" "$dir/unusual.csv" nats ratio_nats)" \
    "nats 0.8333 0.4681 1.0000 3 2
ratio_nats 0.0000 0.0000 0.0000 3 2"
check 2 "a missing column is named" "$(scripts/auroc.py "$dir/usual.csv" "$dir/unusual.csv" excess_bits 2>&1)" \
    "$dir/usual.csv: no column excess_bits; pixelcnn score -against and -complexity write more"
{ printf '\0\0\10\3\0\0\0\5\0\0\0\144\0\0\0\144'; head -c 50000 /dev/zero; } >"$dir/idx"
scripts/noisy_idx.py "$dir/idx" 4 0.25 "$dir/noisy"
check 3 "a header of fewer images" "$(head -c 16 "$dir/noisy" | od -An -tx1 | tr -d ' \n') $(stat -c %s "$dir/noisy")" \
    "00000803000000040000006400000064 40016"
changed=$(tail -c +17 "$dir/noisy" | tr -d '\0' | wc -c) # 1 in 256 of the replaced stays 0
check 4 "a quarter of the values is replaced" "$([ "$changed" -gt 9600 ] && [ "$changed" -lt 10320 ] && echo yes || echo "$changed")" yes
exit $failed
