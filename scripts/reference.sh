#!/bin/sh
# Writes docs/cfg.md from the parser's tables of keys and docs/commands.md from the program's usage, or both into FOLDER:
# reference.sh [FOLDER]. scripts/check_docs.sh compares.
set -eu
cd "$(dirname "$0")/.."
to=${1:-docs}
make -s build/cpu/tests/cfg_reference darknet >&2
mkdir -p "$to"

{
    cat <<'E2'
# The cfg of a net

Written by `scripts/reference.sh` from the table that the parser uses. A cfg is text: sections in
brackets, each a layer except the first, `[net]`; below them lines of `key=value`; `#` and `;` start
comments. Layers count from 0. `from`, `vertical` and `layers` name a layer by its number; a
negative number counts back from the layer itself. `image` and the layers before the first gated one
mean the same: the image, or its features if there is a `[pixel_fourier]`.

A Gated PixelCNN starts with `[label_embed]` if it is conditional and `[pixel_fourier]` if it has
many levels. Then follow pairs of `[gated_vstack]` and `[gated_hstack]`, usually a `[skip_sum]`, the
head of `[convolutional]` (with `channels=3` of `groups=3`) and `[activation]` layers, and
`[pixel_softmax]` at the end. Activations saturate: no finite number becomes NaN. [The
tutorial](tutorial.md) has a [complete cfg](tutorial.md#the-whole-net-as-a-cfg).

Unknown keys, values that are not allowed, shapes that do not fit, and nets that would let a pixel
see itself or a later one are refused with file, line, section and key. Stock nets keep Darknet's
own keys and leniency.
E2
    build/cpu/tests/cfg_reference
} >"$to/cfg.md"

{
    cat <<'E2'
# Commands

Written by `scripts/reference.sh` from the program's own help, which `-h` after a command prints.
Results go to standard output, progress to standard error. A value in parentheses is the default.

`CFG` and `WEIGHTS` are files, or the NAME of a net that ships (`nets` lists them): `sample fashion`
is `sample cfg/fashion.cfg weights/fashion.weights`, and either is found from any working folder.
Options may also be written `--temp 0.9`, `-temp=0.9` or `--temp=0.9`; arguments after `--` may
start with a dash. What is misspelt, missing or swapped is answered with what may have been meant.
In bash, this completes commands, options, files and NAMEs; `make install` installs it:

    ./darknet pixelcnn completion >completion.bash && . ./completion.bash

| exit status | meaning |
| --- | --- |
| 0 | done |
| 1 | an error, in one line |
| 3 | NaN or infinity in training, a likelihood or a drawn value: the line names image and layer, and no result is printed or written |
| 128 + n | `train` was stopped by signal n |

Every stock Darknet command is in `./darknet` too and works as before, except that a file that
cannot be opened ends it with one line and exit status 1. Without an argument that it needs, a stock
command may crash, as in Darknet.

E2
    ./darknet pixelcnn help | sed 's/^/    /'
    for command in $(./darknet pixelcnn help | sed -n 's/^    \([a-z][a-z]*\) .*/\1/p'); do
        printf '\n## %s\n\n' "$command"
        ./darknet pixelcnn help "$command" | sed 's/^/    /'
    done
} >"$to/commands.md"
