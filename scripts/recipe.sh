#!/bin/bash
# Compares settings of a cfg at equal numbers of training images: likelihood of the held-out training images, and the time it took.
#
#     scripts/recipe.sh CFG IMAGES VARIANT...
#
# VARIANT: `base`, the cfg as it is, or changes separated by spaces: KEY=VALUE of [net], SECTION.KEY=VALUE of all sections of that name,
# SECTION.KEY*=FACTOR, +SECTION.KEY=VALUE for a section before the gated layers, and images=N for another number of images. Updates are
# images / batch. SEEDS ("0 1 2"), DATA (data/mnist) and PROGRAM change the defaults. One thread by OMP_NUM_THREADS=1.
# Prints the mean over the seeds, the values, and seconds of processor time of a run. docs/training.md#settings-compared has what it found.
set -eu
cd "$(dirname "$0")/.."
[ $# -ge 3 ] || { sed -n '4s/^# *//p' "$0" >&2; exit 1; }
cfg=$1 images=$2
shift 2
data=${DATA:-data/mnist} program=${PROGRAM:-build/cpu/darknet}
[ -x "$program" ] || make -s "$program"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# net VARIANT: prints the cfg with its changes
net() {
    awk -v variant="$1" -v images="$images" '
        function change(text,    at, name, value) {
            at = index(text, "=")
            name = substr(text, 1, at - 1)
            value = substr(text, at + 1)
            if (name == "images") images = value
            else if (sub(/^\+/, "", name)) { added[name] = value }
            else if (name !~ /\./) set["net." name] = value
            else if (sub(/\*$/, "", name)) factor[name] = value
            else set[name] = value
        }
        function finish(    name) { # the keys of the section that the cfg does not have yet
            for (name in set) if (index(name, section ".") == 1 && !seen[name]) print substr(name, length(section) + 2) "=" set[name]
            if (section != "net") return
            print "max_batches=" int(images / batch)
        }
        BEGIN {
            batch = 1
            n = split(variant, word, " ")
            for (i = 1; i <= n; ++i) if (word[i] != "base") change(word[i])
            if ("net.batch" in set) batch = set["net.batch"]
        }
        function add(    name, part) {
            for (name in added) { split(name, part, "."); print "[" part[1] "]\n" part[2] "=" added[name] }
            delete added
        }
        /^\[/ { finish(); section = substr($0, 2, length($0) - 2); delete seen; if (section == "gated_vstack") add(); print; next }
        /=/ {
            name = section "." substr($0, 1, index($0, "=") - 1)
            if (name == "net.max_batches") next
            seen[name] = 1
            if (name in set) $0 = substr(name, length(section) + 2) "=" set[name]
            if (name in factor) $0 = substr(name, length(section) + 2) "=" int(substr($0, index($0, "=") + 1) * factor[name] + 0.5)
            if (name == "net.batch") batch = substr($0, 7)
        }
        { print }
        END { finish() }' "$cfg"
}

# bits VARIANT SEED: prints bits/dim of the held-out images at the end, or inf if NaN or infinity ended the training (status 3)
bits() {
    local status=0
    net "$1" >"$folder/net.cfg"
    rm -rf "$folder/run"
    "$program" pixelcnn train "$folder/net.cfg" "$data" -seed "$2" -eval_every 0 -report none -backup "$folder/run" \
        >/dev/null 2>"$folder/said" || status=$?
    case $status in
    0) awk -F, '$6 != "" { last = $6 } END { print last }' "$folder/run/net.csv" ;;
    3) echo inf ;;
    *) cat "$folder/said" >&2; return 1 ;;
    esac
}

echo "$cfg, $images images, seeds ${SEEDS:-0 1 2}"
for variant in "$@"; do
    TIMEFORMAT=%U
    { time for seed in ${SEEDS:-0 1 2}; do bits "$variant" "$seed" || exit; done >"$folder/bits" 2>&3; } 3>&2 2>"$folder/seconds"
    awk -v variant="$variant" -v seconds="$(cat "$folder/seconds")" '
        { sum += $1; values = values " " $1 }
        END { printf "%.4f  (%s )  %4.0f s  %s\n", sum / NR, values, seconds / NR, variant }' "$folder/bits"
done
