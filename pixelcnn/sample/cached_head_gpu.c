/* [skip_sum] and the head: a chain with all sources for each value. See plan_gpu.h. */
#include "base/memory.h"
#include "layers/skip_sum_layer.h"
#include "pixelcnn/sample/plan_gpu.h"

static void make(plan_gpu *s, int i) { s->layers[i].out = make_walked(s, 1, layout_floats(s->p->layers[i].out)); }

static void value_of_sum(plan_gpu *s, int i, int k)
{
    const packed_layer *q = s->p->layers + i;
    const packed_head *own = q->own;
    int group = group_floats(q->out);
    chain_part *parts = checked_calloc(own->sources, sizeof *parts);
    for (int j = 0; j < own->sources; ++j)
        parts[j] = (chain_part){own->maps + j * s->p->colours + k, source_walked(s, i, j)};
    add_chain(s,
              &(chain){.parts = parts,
                       .nparts = own->sources,
                       .bias = own->b + k * group,
                       .to = s->layers[i].out,
                       .at = k * group,
                       .activation = q->l->activation},
              group);
    free(parts);
}

static void value_of_activation(plan_gpu *s, int i, int k)
{
    const packed_layer *q = s->p->layers + i;
    int group = group_floats(q->out);
    add_plain_step(s, &(plain_step){.kind = ACTIVATE,
                                    .from = source_walked(s, i, 0),
                                    .at_from = k * group,
                                    .to = s->layers[i].out,
                                    .at_to = k * group,
                                    .n = group,
                                    .activation = q->l->activation});
}

const form_gpu skip_sum_form_gpu = {SKIP_SUM, 0, make, value_of_sum};
const form_gpu head_conv_form_gpu = {CONVOLUTIONAL, 0, make, value_of_sum};
const form_gpu activation_form_gpu = {ACTIVE, 0, make, value_of_activation};
