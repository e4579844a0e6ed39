/* One map for each row, and a gate and a projection for each value. See plan_gpu.h. */
#include "layers/gated_hstack_layer.h"
#include "pixelcnn/sample/plan_gpu.h"

static void reserve(plan_gpu *s, int i)
{
    const packed_hstack *own = s->p->layers[i].own;
    s->layers[i].start = s->nstarts;
    s->nstarts += layout_floats(own->z);
    if (group_floats(own->z) > s->widest_gate) s->widest_gate = group_floats(own->z);
}

/* Bias, label term and link where each value of the row starts. */
static void make_start(plan_gpu *s, int i)
{
    const packed_layer *q = s->p->layers + i;
    const packed_hstack *own = q->own;
    plan_layer *l = s->layers + i;
    make_term(s, i, 0);
    l->take = make_row_launch(s, &own->link, own->b, 0);
    l->take.m.adds = 1;
    l->take.in = s->a;
    l->take.in.pixel = layout_floats(s->p->layers[q->sources->source[1].from].inner);
    l->take.add = l->term.out;
    l->take.out = s->starts;
    l->take.out.pixel = s->nstarts;
    l->take.out.at = l->start;
}

static void make(plan_gpu *s, int i)
{
    const packed_layer *q = s->p->layers + i;
    plan_layer *l = s->layers + i;
    make_start(s, i);
    l->inner = make_walked(s, 1, layout_floats(q->inner));
    if (hstack_of(q->l)->output_used) l->out = make_walked(s, q->kept.left + 1, layout_floats(q->out));
}

/* x' = W_r g + b_r (+ x) of one colour group. */
static void project(plan_gpu *s, int i, int k)
{
    const packed_layer *q = s->p->layers + i;
    const packed_hstack *own = q->own;
    const panel *map = own->out + k;
    chain_part part = {map, s->layers[i].inner};
    chain c = {.parts = &part,
               .nparts = 1,
               .bias = own->br + k * map->rows,
               .to = s->layers[i].out,
               .at = k * map->rows,
               .activation = LINEAR};
    if (hstack_of(q->l)->residual) c.add = source_walked(s, i, 0);
    add_chain(s, &c, map->rows);
}

static void value(plan_gpu *s, int i, int k)
{
    const packed_layer *q = s->p->layers + i;
    const packed_hstack *own = q->own;
    int f = group_floats(q->inner), group = group_floats(own->z);
    chain_part part = {own->conv + k, source_walked(s, i, 0)};
    add_chain(
        s,
        &(chain){
            .parts = &part, .nparts = 1, .start = s->layers[i].start + k * group, .to = s->z, .activation = LINEAR},
        own->conv[k].rows);
    add_plain_step(s, &(plain_step){.kind = GATE, .from = s->z, .to = s->layers[i].inner, .at_to = k * f, .n = f});
    if (hstack_of(q->l)->output_used) project(s, i, k);
}

const form_gpu hstack_form_gpu = {GATED_HSTACK, reserve, make, value};
