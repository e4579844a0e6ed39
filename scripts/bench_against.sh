#!/bin/bash
# Is this commit slower than another? Builds both in clean folders, measures them in alternating rounds, and prints the
# ratio of each figure, new / old in speed (above 1: faster), with its median and an interval. Exit status 1 if a ratio's
# whole interval lies below 0.98, 2 if something could not be built or measured.
#
#     scripts/bench_against.sh COMMIT [ROUNDS] [SECONDS]     7 rounds, each figure repeated for 0.4 seconds a round:
#                                                            about 10 minutes on two idle cores
#
# CFGS="cfg/bench/small4.cfg" takes other cfgs. The new commit is HEAD; changes that are not committed are not measured.
# OLD=PROGRAM and NEW=PROGRAM compare existing programs (COMMIT is then only a name). DARKNET_SRC names Darknet's
# source. Every run of every round is recorded in build/against; none is repeated or left out.
set -eu
cd "$(dirname "$0")/.."
[ $# -ge 1 ] && [ $# -le 3 ] || { sed -n '/^#  /s/^# *//p' "$0" >&2; exit 2; }
commit=$1
rounds=${2:-7}
seconds=${3:-0.4}
cfgs=${CFGS:-cfg/bench/small4.cfg cfg/bench/blog4.cfg cfg/bench/dilated256.cfg cfg/gated_pixelcnn.cfg}
source=$(realpath -m "${DARKNET_SRC:-build/darknet-61c9d02e}")
against=${AGAINST:-build/against}
. scripts/figures.sh

die() { echo "bench_against.sh: $*" >&2; exit 2; }
[[ $rounds =~ ^[0-9]{1,4}$ ]] && [ "$rounds" -ge 7 ] || die "ROUNDS $rounds: expected an integer from 7"
[[ $seconds =~ ^[0-9]+(\.[0-9]+)?$ ]] || die "SECONDS $seconds: expected a number from 0"

# hash_of COMMIT
hash_of() { git rev-parse --verify --quiet "$1^{commit}" || die "$1: no such commit"; }

# build HASH: builds the program in a folder with the commit's files and nothing else. Prints the program's path.
build() {
    local folder=$against/${1:?}
    rm -rf "$folder"
    mkdir -p "$folder"
    git archive "$1" | tar -x -C "$folder"
    [ -d "$source" ] || scripts/get_darknet.sh "$source"
    echo "building $1" >&2
    (unset MAKEFLAGS MFLAGS; make -s -C "$folder" -j"$(nproc)" ${CC:+CC="$CC"} DARKNET_SRC="$source" all) >&2 || die "$1 does not build"
    echo "$folder/darknet"
}

if [ -n "${OLD:-}" ] && [ -n "${NEW:-}" ]; then
    old=$OLD new=$NEW old_name=$commit new_name=new
else
    old_name=$(hash_of "$commit")
    new_name=$(hash_of HEAD)
    [ "$old_name" != "$new_name" ] || echo "both are $new_name: this shows what the machine's noise looks like" >&2
    git diff --quiet HEAD || echo "changes that are not committed are not measured" >&2
    [ -d "$source" ] || scripts/get_darknet.sh "$source"
    old=$(build "$old_name")
    new=$(build "$new_name")
fi

mkdir -p "$against"
runs=$(mktemp "$against/$(date -u +%Y%m%d-%H%M%S)-${old_name:0:8}-${new_name:0:8}-XXX.jsonl")

# run WHICH PROGRAM CFG: appends a line of JSON.
run() {
    local figures
    figures=$("$2" pixelcnn bench "$3" -seconds "$seconds" -json 2>"$runs.err") || {
        cat "$runs.err" >&2
        die "$2 pixelcnn bench $3 ended with an error; the runs so far: $runs"
    }
    rm -f "$runs.err"
    printf '{"round": %d, "which": "%s", "cfg": "%s", "load": %s, "figures": %s}\n' \
        "$round" "$1" "$3" "$(read -r load _ </proc/loadavg && echo "$load")" "$figures" >>"$runs"
}

machine
echo "old $old_name, new $new_name; $rounds rounds, each figure repeated for $seconds seconds a round"
# The first of a pair changes from round to round, so that a drift of the machine favours neither.
for round in $(seq "$rounds"); do
    for cfg in $cfgs; do
        echo "round $round of $rounds: $cfg" >&2
        if [ $((round % 2)) -eq 1 ]; then
            run old "$old" "$cfg"
            run new "$new" "$cfg"
        else
            run new "$new" "$cfg"
            run old "$old" "$cfg"
        fi
    done
done
echo "every run: $runs"
echo
exec "$python" scripts/bench_ratios.py "$runs"
