#!/bin/bash
# From a folder of pictures of odd sizes to a sheet with names, by the commands of docs/own_pictures.md, on few pictures and with
# a short run. Prints TAP.
cd "$(dirname "$0")/.."
darknet=${TESTED_DARKNET:-$PWD/darknet} script=$PWD/scripts/make_pictures.py
python=
for p in python3 /usr/bin/python3; do [ -n "$python" ] || ! $p -c 'import numpy' 2>/dev/null || python=$p; done
if [ -z "$python" ]; then
    echo "1..0 # SKIP no Python with NumPy"
    exit 0
fi
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place" || exit 1
echo 1..6
number=0 failed=0
check() { # STATUS NAME
    number=$((number + 1))
    if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; failed=1; sed 's/^/# /' err | tail -n 5; fi
}
sizes() { find "$1" -name '*.png' -exec head -c 24 {} \; | od -An -v -tx1 -w24 | cut -c49-72 | sort -u | wc -l; }

"$python" "$script" pictures 6 1 2>err && "$python" "$script" again 6 1 2>>err && diff -r pictures again >>err
check $? "the same seed draws the same pictures"
[ "$(find pictures -name '*.png' | wc -l)" = 30 ] && [ "$(sizes pictures)" -gt 12 ]
check $? "30 pictures of many sizes"
"$darknet" pixelcnn new pictures -seconds 1 >out 2>err && [ "$(cat out)" = pictures.cfg ] &&
    grep -q '^classes=5$' pictures.cfg && grep -q '^channels=3$' pictures.cfg && grep -q '^fit=crop$' pictures.cfg
check $? "new writes a cfg for five classes in colour"
sed -i 's/^max_batches=.*/max_batches=2/; s/^filters=12$/filters=3/' pictures.cfg
"$darknet" pixelcnn train pictures.cfg pictures -backup backup >out 2>err && [ "$(paste -sd, backup/pictures.names)" = boat,car,fish,flower,house ]
check $? "it trains, and keeps the names"
for label in house,car 4,1; do
    "$darknet" pixelcnn sample pictures.cfg backup/pictures_final.weights -label $label -n 2 -npy "$label.npy" >out 2>err
done
cmp house,car.npy 4,1.npy >>err 2>&1
check $? "a name draws what its number draws"
"$darknet" pixelcnn sample pictures.cfg backup/pictures_final.weights -label huose -out x.png 2>err
[ $? = 1 ] && grep -q "did you mean house?" err && [ ! -e x.png ]
check $? "a misspelt name gets the right one suggested"
exit $failed
