/*
cached_vstack_gpu.c - a [gated_vstack] on the device, row by row. See plan_gpu.h.
*/
#include "layers/gated_vstack_layer.h"
#include "pixelcnn/sample/plan_gpu.h"

static void reserve(plan_gpu *s, int i)
{
    int channels = 2 * s->p->layers[i].l->n;
    if (channels > s->widest) s->widest = channels;
}

/* The first kernel of a factored one; returns what the second reads. */
static feature_view make_first(plan_gpu *s, int i, feature_view in)
{
    const gated_vstack *v = vstack_of(s->p->layers[i].l);
    int f = v->first.cout;
    margins kept = {.rows = 1};
    outputs o = {0, f, 0};
    widen_margins(&kept, &v->conv, 0, s->p->h);
    feature_view u = make_ring(s, kept, f);
    affine m = new_affine(s, 0, v->first.cin, in, u, f);
    m.back = 1;
    set_taps(s, &m, &v->first, v->first.cin);
    s->layers[i].row[0] = launch_with(s, m, &(weight_rows){o, v->w1->value, v->first.cin, v->first.kw, v->first.cin},
                                      v->b1->value);
    return u;
}

static void make(plan_gpu *s, int i)
{
    const packed_layer *q = s->p->layers + i;
    const gated_vstack *v = vstack_of(q->l);
    plan_layer *l = s->layers + i;
    int f = q->l->n, taps = v->conv.kh * v->conv.kw;
    outputs o = {0, f, f};
    feature_view in = source_features(s, i, 0);
    if (v->output_used) l->kept = make_ring(s, q->kept, f);
    if (v->output_used) make_term(s, i, &v->label);
    if (v->factored) in = make_first(s, i, in);
    affine m = new_affine(s, 0, v->conv.cin, in, l->kept, f);
    m.wide = s->lanes * s->p->w;
    m.back = 1;
    m.half = f;
    m.whole = s->a;
    m.label = l->terms;
    set_taps(s, &m, &v->conv, v->conv.cin);
    l->row[1] = launch_with(s, m, &(weight_rows){o, v->w->value, v->conv.cin, taps, v->conv.cin}, v->b->value);
}

const form_gpu vstack_form_gpu = {GATED_VSTACK, reserve, make};
