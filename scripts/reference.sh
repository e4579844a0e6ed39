#!/bin/sh
# Writes docs/cfg.md from the parser's table of keys and docs/commands.md from the program's own usage, or both into
# another folder: reference.sh [FOLDER]. scripts/check_docs.sh compares.
set -eu
cd "$(dirname "$0")/.."
to=${1:-docs}
make -s build/cpu/tests/cfg_reference darknet >&2
mkdir -p "$to"

{
    cat <<'E2'
# The cfg of a net

Written by `scripts/reference.sh` from the table that the parser reads by. A cfg is text: sections in brackets, each a layer
but the first, `[net]`; below them `key=value` lines; `#` and `;` start comments. Layers count from 0. In `from`,
`vertical` and `layers` a number names a layer so, a negative one counts back from the layer itself. `image` and the layers
before the first gated one are the same: the image, or its features where there is a `[pixel_fourier]`.

A net of ours starts with `[label_embed]` if it is conditional and `[pixel_fourier]` if it has many levels, then has pairs of
`[gated_vstack]` and `[gated_hstack]`, usually a `[skip_sum]`, then the head of `[convolutional]` (with `channels=3` of
`groups=3`) and `[activation]` layers, and ends with `[pixel_softmax]`. Activations saturate: no finite number becomes NaN. An unknown key, a value that is not allowed, a shape that does not fit and a net that would let a pixel see
itself or a later one are refused with file, line, section and key. Stock nets keep Darknet's own keys and leniency.
E2
    build/cpu/tests/cfg_reference
} >"$to/cfg.md"

{
    cat <<'E2'
# Commands

Written by `scripts/reference.sh` from the program's own usage, which `-help` behind a command prints. Results go to
standard output, progress to standard error. A value in parentheses is the default. Exit status: 0; 1 where
something is wrong, in one line; 3 where a training, a likelihood or a drawn value met NaN or infinity: the line says in
which image and layer, and nothing is printed as a result or written; 128 + the signal's number where a training was
stopped by one.

E2
    ./darknet pixelcnn 2>&1 | sed 's/^/    /' || true
    for command in $(./darknet pixelcnn 2>&1 | sed -n 's/^    \([a-z]*\) .*/\1/p'); do
        printf '\n## %s\n\n' "$command"
        ./darknet pixelcnn "$command" -help 2>&1 | sed 's/^/    /'
    done
} >"$to/commands.md"
