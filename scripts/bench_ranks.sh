#!/bin/bash
# Speed of training on ranks beside threads: bench_ranks.sh [ROUNDS] [SECONDS]     (5, 20)
# For each net of CFGS (the three of cfg/bench): one rank with one thread, one rank with two threads, two ranks with one thread each,
# in alternating rounds. Prints medians of images/s, ranks / threads, and the share of the exchange of gradients, waits included.
# Measure on a machine that does nothing else. MPIRUN="mpirun --hostfile HOSTS" adds options. The images are the first 960 of DATA
# (data/mnist), of which few are held out: the validation at the end is short.
set -eu
cd "$(dirname "$0")/.."
rounds=${1:-5} seconds=${2:-20}
program=${PROGRAM:-build/cpu-mpi/darknet}
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

# once RANKS THREADS CFG: images per second, without the first three updates, and the share of the exchange
once() {
    rm -rf "$folder/run"
    OMP_NUM_THREADS=$2 ${MPIRUN:-mpirun} --bind-to none -n "$1" -x OMP_NUM_THREADS "$program" pixelcnn train "$3" "$data" -seconds "$seconds" \
        -eval_every 0 -save_every 0 -report none -backup "$folder/run" >/dev/null 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
    local share
    share=$(sed -n 's/.*exchanging gradients took \([0-9.]*\) seconds.*/\1/p' "$folder/said")
    awk -F, -v exchange="${share:-0}" 'NR == 5 { from = $3; images = $2 } $4 != "" { to = $3; last = $2 }
        END { printf "%.3f %.4f\n", (last - images) / (to - from), exchange / to }' "$folder/run/"*.csv
}

median() { sort -g | awk '{ x[NR] = $1 } END { print NR % 2 ? x[(NR + 1) / 2] : (x[NR / 2] + x[NR / 2 + 1]) / 2 }'; }

for cfg in ${CFGS:-cfg/bench/*.cfg}; do
    : >"$folder/11" && : >"$folder/12" && : >"$folder/21"
    for ((i = 0; i < rounds; ++i)); do
        for run in 11 12 21; do once "${run%?}" "${run#?}" "$cfg" >>"$folder/$run"; done
    done
    for run in 11 12 21; do cut -d' ' -f1 "$folder/$run" | median >"$folder/$run.median"; done
    awk -v name="$(basename "$cfg" .cfg)" -v a="$(cat "$folder/11.median")" -v b="$(cat "$folder/12.median")" \
        -v c="$(cat "$folder/21.median")" -v e="$(cut -d' ' -f2 "$folder/21" | median)" \
        'BEGIN { printf "%-12s images/s: 1 thread %.1f, 2 threads %.1f, 2 ranks %.1f; ranks / threads %.3f; exchange %.2f %%\n", name, a, b, c, c / b, 100 * e }'
done
