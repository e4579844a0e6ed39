/*
cached_hstack_gpu.c - a [gated_hstack] on the device: two kernels per value and one per row. See plan_gpu.h.
*/
#include "layers/gated_hstack_layer.h"
#include "pixelcnn/sample/plan_gpu.h"

static void reserve(plan_gpu *s, int i)
{
    s->layers[i].inner = s->group;
    s->group += s->p->layers[i].l->n / s->p->colours;
}

/* Channels of the current pixel that colour group k sees: those that the mask allows. */
static int last_channels(const gated_hstack *h, int colours, int k)
{
    const causal_conv *c = &h->conv;
    if (colours == 1 || (c->kw - 1) * c->d != c->left) return c->cin;
    return c->cin / colours * (h->mask_a ? k : k + 1);
}

/* z and g of one colour group. */
static void make_gate(plan_gpu *s, int i, int k, feature_view start)
{
    const gated_hstack *h = hstack_of(s->p->layers[i].l);
    plan_layer *l = s->layers + i;
    int f = s->p->layers[i].l->n, n = f / s->p->colours, last = last_channels(h, s->p->colours, k);
    outputs o = {k * n, n, f};
    affine m = new_affine(s, 1, h->conv.cin, source_features(s, i, 0), channels_from(s->g, k * s->group + l->inner), n);
    m.half = f;
    m.add = channels_from(start, k * n);
    set_taps(s, &m, &h->conv, last);
    l->value[k][0] = launch_with(s, m, &(weight_rows){o, h->w->value, h->conv.cin, h->conv.kw, last}, 0);
}

/* x' of one colour group; the taps are the groups of g up to it. */
static void make_projection(plan_gpu *s, int i, int k)
{
    const gated_hstack *h = hstack_of(s->p->layers[i].l);
    plan_layer *l = s->layers + i;
    int f = h->out.cin, n = f / s->p->colours;
    outputs o = {k * n, n, 0};
    affine m = new_affine(s, 1, n, channels_from(s->g, l->inner), channels_from(l->kept, k * n), n);
    m.across = k + 1;
    m.tap_step = (ptrdiff_t)s->group * s->lanes;
    m.depth = (k + 1) * n;
    if (h->residual) m.add = channels_from(source_features(s, i, 0), k * n);
    l->value[k][1] = launch_with(s, m, &(weight_rows){o, h->wr->value, f, 1, m.depth}, h->br->value);
}

static void make(plan_gpu *s, int i)
{
    const packed_layer *q = s->p->layers + i;
    const gated_hstack *h = hstack_of(q->l);
    plan_layer *l = s->layers + i;
    int rows = h->conv.cout;
    outputs o = {0, rows, 0};
    make_term(s, i, &h->label);
    feature_view start = make_plane(s, rows, s->p->w); // bias, label term and link of the current row
    affine link = new_affine(s, 0, h->link.cin, s->a, start, rows);
    link.add = l->terms;
    l->take = launch_with(s, link, &(weight_rows){o, h->wl->value, h->link.cin, 1, h->link.cin}, h->b->value);
    if (h->output_used) l->kept = make_ring(s, q->kept, rows / 2);
    for (int k = 0; k < s->p->colours; ++k) {
        make_gate(s, i, k, start);
        if (h->output_used) make_projection(s, i, k);
    }
}

const form_gpu hstack_form_gpu = {GATED_HSTACK, reserve, make};
