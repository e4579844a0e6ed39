#!/bin/bash
# Speed of training on ranks beside threads: bench_ranks.sh [ROUNDS] [SECONDS]     (5, 20)
# For each net of CFGS (the three of cfg/bench) and each of RUNS, in alternating rounds: the median of images/s, its ratio to one rank with two
# threads, and the share of the exchange of gradients, waits included. A run is RANKSxTHREADS, or RANKSxTHREADS@LAUNCHER with a command in the
# place of mpirun; default: one rank with one thread, one rank with two threads, two ranks with one thread each.
# Measure on a machine that does nothing else. The images are the first 960 of DATA (data/mnist), of which few are held out: the validation at
# the end is short.
set -eu
cd "$(dirname "$0")/.."
rounds=${1:-5} seconds=${2:-20}
program=${PROGRAM:-build/cpu-mpi/darknet}
read -ra runs <<<"${RUNS:-1x1 1x2 2x1}"
[ -x "$program" ] || make -s MPI=1 "$program"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
data=$folder/data
mkdir "$data"
first() { # first FILE HEADER BYTES: the IDX file FILE with a header for 960 items, of BYTES each
    local from=${DATA:-data/mnist}/$1
    head -c 4 "$from" && printf '\0\0\003\300' && tail -c +9 "$from" | head -c $(($2 - 8 + 960 * $3))
}
first train-images-idx3-ubyte 16 784 >"$data/train-images-idx3-ubyte"
first train-labels-idx1-ubyte 8 1 >"$data/train-labels-idx1-ubyte"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# once RUN CFG: images per second, without the first three updates, and the share of the exchange
once() {
    local shape=${1%%@*} launcher=mpirun share
    [[ $1 == *@* ]] && launcher=${1#*@}
    rm -rf "$folder/run"
    OMP_NUM_THREADS=${shape#*x} "$launcher" --bind-to none -n "${shape%x*}" -x OMP_NUM_THREADS "$program" pixelcnn train "$2" "$data" \
        -seconds "$seconds" -eval_every 0 -save_every 0 -report none -backup "$folder/run" >/dev/null 2>"$folder/said" || {
        cat "$folder/said" >&2
        exit 1
    }
    share=$(sed -n 's/.*exchanging gradients took \([0-9.]*\) seconds.*/\1/p' "$folder/said")
    awk -F, -v exchange="${share:-0}" 'NR == 5 { from = $3; images = $2 } NR > 1 && $4 != "" { to = $3; last = $2; ++updates }
        END {
            if (updates < 5) { print "bench_ranks.sh: only " updates + 0 " updates: measure for longer" >"/dev/stderr"; exit 1 }
            printf "%.3f %.5f\n", (last - images) / (to - from), exchange / to
        }' "$folder/run/"*.csv
}

median() { sort -g | awk '{ x[NR] = $1 } END { print NR % 2 ? x[(NR + 1) / 2] : (x[NR / 2] + x[NR / 2 + 1]) / 2 }'; }

# report CFG NUMBER RUN: the medians of a run; the first line of $folder/reference is what it is compared with
report() {
    local rate share all
    rate=$(cut -d' ' -f1 "$folder/$2" | median) share=$(cut -d' ' -f2 "$folder/$2" | median)
    all=$(cut -d' ' -f1 "$folder/$2" | sort -g | sed -n '1p;$p' | paste -sd ' ')
    awk -v name="$(basename "$1" .cfg)" -v run="${3##*/}" -v rate="$rate" -v all="$all" -v share="$share" -v other="$(cat "$folder/reference")" '
        BEGIN {
            split(all, x, " ")
            printf "%-12s %-12s %7.2f images/s (%.2f to %.2f)", name, run, rate, x[1], x[2]
            if (other) printf ", %.3f of 1x2", rate / other
            print (share > 0 ? sprintf(", exchange %.2f %%", 100 * share) : "")
        }'
}

for cfg in ${CFGS:-cfg/bench/*.cfg}; do
    rm -f "$folder"/[0-9]* && : >"$folder/reference"
    for ((i = 0; i < rounds; ++i)); do
        for k in "${!runs[@]}"; do once "${runs[k]}" "$cfg" >>"$folder/$k"; done
    done
    for k in "${!runs[@]}"; do
        [ "${runs[k]}" = 1x2 ] && cut -d' ' -f1 "$folder/$k" | median >"$folder/reference"
    done
    for k in "${!runs[@]}"; do report "$cfg" "$k" "${runs[k]}"; done
done
