#!/bin/bash
# eval, score, classify, sample and complete by three ranks write, byte for byte, what one process writes. Needs Open MPI and a program
# built with MPI=1, which it builds where there is none. TAP.
cd "$(dirname "$0")/.." || exit
of="shared work"
. tests/mpi.sh
need_mpi
need_built MPI=1 build/cpu-mpi/darknet
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pixelcnn.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
program=$PWD/build/cpu-mpi/darknet n=0

ok() { # ok NAME STATUS: 0 passes; what was said is in $scratch/log
    n=$((n + 1))
    if [ "$2" = 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1" && sed 's/^/# /' "$scratch/log" | tail -n 20; fi
}
ranks() { # ranks N ARGUMENTS...
    local count=$1
    shift
    mpirun --oversubscribe --bind-to none -n "$count" "$program" pixelcnn "$@"
}
# alike NAME ARGUMENTS...: the same files in the working folder, and the same output but for the seconds that it took.
alike() {
    local name=$1 where status=0
    shift
    for where in one three; do
        rm -rf "${scratch:?}/$where" && mkdir "$scratch/$where" && cd "$scratch/$where" || exit
        if [ $where = one ]; then "$program" pixelcnn "$@"; else ranks 3 "$@"; fi >out 2>err </dev/null || status=1
        sed -i -E 's/[0-9.]+ seconds$/S seconds/; s/^(bits.*)seconds [0-9.]+/\1seconds S/; s/("seconds": )[0-9.]+/\1S/' out
        cd "$OLDPWD" || exit
    done
    { cat "$scratch/one/err" "$scratch/three/err" && diff -r -x err "$scratch/one" "$scratch/three"; } >"$scratch/log" 2>&1 || status=1
    ok "$name" $status
}

python3 - "$scratch" <<'END'
import random, struct, sys
random.seed(3)
for split, n in ("train", 40), ("t10k", 103):
    for kind, dims in ("images-idx3", (n, 6, 5)), ("labels-idx1", (n,)):
        items = 1
        for d in dims:
            items *= d
        data = bytes(random.randrange(256 if len(dims) > 1 else 3) for _ in range(items))
        with open(f"{sys.argv[1]}/{split}-{kind}-ubyte", "wb") as f:
            f.write(struct.pack(f">HBB{len(dims)}I", 0, 8, len(dims), *dims) + data)
END
mkdir "$scratch/data" && mv "$scratch"/*-ubyte "$scratch/data" && printf 'ape\nbee\ncat\n' >"$scratch/data/classes.names"
cat >"$scratch/net.cfg" <<'END'
[net]
batch=4
height=6
width=5
adam=1
learning_rate=0.01
max_batches=20
[label_embed]
classes=3
size=4
dropout=0.2
[gated_vstack]
filters=4
[gated_hstack]
filters=4
mask=a
[gated_vstack]
filters=4
[gated_hstack]
filters=4
[skip_sum]
filters=4
activation=relu
[convolutional]
filters=4
activation=linear
[pixel_softmax]
levels=4
END
sed '/dropout/d; s/^filters=4/filters=6/; /^\[conv/,$s/filters=6/filters=4/' "$scratch/net.cfg" >"$scratch/other.cfg"
for name in net other; do
    "$program" pixelcnn train "$scratch/$name.cfg" "$scratch/data" -backup "$scratch" -report none >"$scratch/log" 2>&1 || {
        cat "$scratch/log" && echo "Bail out! no weights" && exit 1
    }
done
net="$scratch/net.cfg $scratch/net_final.weights" other="$scratch/other.cfg $scratch/other_final.weights" data=$scratch/data

# Words are split on purpose.
# shellcheck disable=SC2086
{
    echo 1..13
    alike "eval" eval $net $data -batch 7
    alike "eval as JSON, fewer images than a pass" eval $net $data -limit 5 -json
    alike "score: CSV, pictures, two nets, complexity" score $net $data -against $other -complexity -batch 9 -sheet s.png \
        -heat h.png -n 20 -csv rows.csv
    alike "score: p(x), CSV on standard output" score $net $data -label all -batch 20
    alike "score: JSON and the labels' names" score $net $data -label bee -json -csv rows.csv -heat h.png
    alike "classify by two nets, rows and table" classify $net $data $other -batch 11 -csv rows.csv
    alike "classify as JSON" classify $net $data -limit 50 -json
    alike "sample: PNG, GIF and archive, by class" sample $net -label all -n 5 -out s.png -gif s.gif -npy s.npz -captions on
    alike "sample: 5,000 images, an array, guided" sample $net -n 5000 -guidance .5 -seed 4 -npy s.npy -json
    alike "sample: a file for each image" sample $net -n 50 -label 2:0.5,1:0.5 -out s%05d.png
    alike "complete: sheet, animation, archive" complete $net $data -images 7 -image 3 -n 3 -rows 2 -gif c.gif -npy c.npz
    alike "complete: a row for each class, files and array" complete $net $data -label all -n 5 -out each/ -npy c.npy -json

    cp "$scratch/net_final.weights" "$scratch/damaged.weights" && truncate -s -4 "$scratch/damaged.weights"
    ranks 3 eval "$scratch/net.cfg" "$scratch/damaged.weights" $data >"$scratch/out" 2>"$scratch/log"
    [ $? = 1 ] && [ ! -s "$scratch/out" ] && [ "$(grep -c 'damaged.weights' "$scratch/log")" = 1 ]
    ok "an error that all have is one line, and status 1" $?
}
