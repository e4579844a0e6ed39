#!/bin/bash
# Compares nets and settings by the likelihood of the held-out training images, after equal numbers of training images or equal times.
#
#     scripts/recipe.sh CFG IMAGES VARIANT...
#
# IMAGES: a number such as 8640, or 55s for as many as are trained on in 55 seconds, which a first run of six seconds finds.
# VARIANT: `base` for the unchanged cfg, or changes separated by spaces. KEY=VALUE sets a key of [net], SECTION.KEY=VALUE a key of every
# such section, SECTION.KEY*=FACTOR multiplies it; +SECTION.KEY=VALUE adds a section before the gated layers; images=N trains on N images;
# cfg=FILE changes another cfg. There are images / batch updates.
# SEEDS ("0 1 2"), DATA (data/mnist) and PROGRAM change the defaults. One thread by OMP_NUM_THREADS=1.
# Prints the mean over the seeds, the values, and seconds of processor time of a run. docs/training.md#settings-compared has what it found.
set -eu
cd "$(dirname "$0")/.."
[ $# -ge 3 ] || { sed -n '4s/^# *//p' "$0" >&2; exit 1; }
cfg=$1 images=$2
shift 2
data=${DATA:-data/mnist} program=${PROGRAM:-build/cpu/darknet}
[ -x "$program" ] || make -s "$program"
. scripts/held_out.sh

# net VARIANT IMAGES: prints the cfg with its changes
net() {
    local file=$cfg
    [[ " $1" != *" cfg="* ]] || { file=${1#*cfg=}; file=${file%% *}; }
    awk -v variant="$1" -v images="$2" '
        function change(text,    at, name, value) {
            at = index(text, "=")
            name = substr(text, 1, at - 1)
            value = substr(text, at + 1)
            if (name == "cfg") return
            else if (name == "images") images = value
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
        END { finish() }' "$file"
}

# images_of VARIANT: how many images it is trained on
images_of() {
    [[ $images == *s ]] || { echo "$images"; return; }
    net "$1" 100000000 >"$folder/net.cfg"
    held_out_bits 0 -seconds 6 >/dev/null || return
    awk -F, -v seconds="${images%s}" '$4 { n = $2 } END { print int(n * seconds / 6) }' "$folder/run/net.csv"
}

echo "$cfg, $images, seeds ${SEEDS:-0 1 2}"
for variant in "$@"; do
    TIMEFORMAT=%U
    n=$(images_of "$variant")
    net "$variant" "$n" >"$folder/net.cfg"
    { time for seed in ${SEEDS:-0 1 2}; do held_out_bits "$seed" || exit; done >"$folder/bits" 2>&3; } 3>&2 2>"$folder/seconds"
    awk -v variant="$variant" -v seconds="$(cat "$folder/seconds")" -v updates="$(sed -n 's/^max_batches=//p' "$folder/net.cfg")" '
        $1 == "inf" { ended = 1 }
        { sum += $1; values = values " " $1 }
        END { if (ended) { print "ended by NaN  (" values " )  " variant; exit }
              printf "%.4f  (%s )  %4.0f s  %d updates  %s\n", sum / NR, values, seconds / NR, updates, variant }' "$folder/bits"
done
