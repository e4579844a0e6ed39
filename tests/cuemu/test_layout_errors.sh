#!/bin/bash
# Features lie otherwise on the device than in host memory: with an error in one place that computes where, the parity test must
# fail on the emulated device. Recompiles that file for each, from a copy. SOAK=1: all of them, otherwise three. TAP.
cd "$(dirname "$0")/../.." || exit
of=build/emu program=build/emu/tests/gpu/test_gpu_parity
. tests/cuemu/plant.sh

# The commands of make for all files of which errors are planted in, and the program.
files="layers/math/gate_kernels.cu layers/math/conv_gpu.c layers/math/label_link_gpu.c layers/math/blas_gpu.c layers/pixel_softmax_kernels.cu layers/gated_hstack_layer_gpu.c"
commands_of $files

# plant FILE FROM TO: the program with this text of the file replaced.
plant() {
    local file=$1 object source=$scratch/planted.c
    object=$of/${file%.c}.o
    [[ $file = *.c ]] || object=$of/$file.o source=$scratch/planted.cc
    python3 - "$@" "$scratch/changed" <<'PYTHON' || return 1
import sys
file, old, new, to = sys.argv[1:]
text = open(file).read()
assert text.count(old) == 1, "%s: found %d times: %s" % (file, text.count(old), old)
open(to, "w").write(text.replace(old, new))
PYTHON
    if [[ $file = *.c ]]; then cp "$scratch/changed" "$source"; else tests/cuemu/translate.py "$scratch/changed" "$source"; fi || return 1
    local compile
    compile=$(grep -- "-o $object" <<<"$commands" | grep -E -- ' -c ' |
        sed -E "s# -c [^ ]+# -c $source#; s# -o [^ ]+# -o $scratch/planted.o#; s# -MM?D| -MP| -M[FT] [^ ]+##g")
    bash -c "$compile" && relink "$(basename "$object")" "$scratch/planted.o"
} >"$scratch/log" 2>&1

passes() { # passes PROGRAM
    "$1" gradients >"$scratch/out" 2>&1 </dev/null && "$1" outputs_and_losses >"$scratch/out" 2>&1 </dev/null
}

# found NAME FILE FROM TO
found() {
    if ! plant "${@:2}"; then
        does_not_compile "$1"
        return
    fi
    ! { passes "$scratch/test"; } 2>/dev/null
    report $? "$1 is found"
}

echo "1..$([ -n "${SOAK:-}" ] && echo 9 || echo 4)"
passes "$program"
status=$?
[ $status -eq 0 ] || sed 's/^/# /' "$scratch/out"
report $status "without errors the test passes"
found "a row of the next image in the link's gradient" layers/math/gate_kernels.cu 'g.up[to] = r ? d1 : 0;' 'g.up[to] = d1;'
found "an image read as our features" layers/math/conv_gpu.c 'k->of_image ? images_over_gpu' '0 ? images_over_gpu'
found "parts that miss pixels" layers/math/blas_gpu.c 'x->step.image = y->step.image = p.pixels;' 'y->step.image = p.pixels;'
[ -n "${SOAK:-}" ] || exit 0
found "a spatial label read as our features" layers/math/label_link_gpu.c 'return images_over_gpu(h, k->width,' 'return planes_over_gpu(h, 2, k->width,'
found "probabilities written as our features" layers/pixel_softmax_kernels.cu 't.p[at.p + (size_t)l * t.pixels] = p;' 't.p[k] = p;'
found "the step of the batch that a net was built for" layers/gated_hstack_layer_gpu.c \
    'return planes_from_channel(planes_of(h, batch, h->g_width, h->dg_gpu), h->g_at);' \
    'return planes_from_channel(planes_of(h, batch + 1, h->g_width, h->dg_gpu), h->g_at);'
found "halves of a pair that are too close" layers/math/gate_kernels.cu 'p.whole_half = t.f * s.whole.plane;' 'p.whole_half = t.f * t.h * t.w;'
found "an image's logits for another" layers/pixel_softmax_kernels.cu 'plane / t.colours * step.image' '(t.batch - 1 - plane / t.colours) * step.image'
