/* Row by row. See plan_gpu.h. */
#include "layers/gated_vstack_layer.h"
#include "pixelcnn/sample/plan_gpu.h"

static void reserve(plan_gpu *s, int i)
{
    int a = layout_floats(s->p->layers[i].inner);
    if (a > s->widest) s->widest = a;
}

static row_launch make_convolution(plan_gpu *s, const panel *map, const float *b, const causal_conv *k)
{
    row_launch l = make_row_launch(s, map, b, 1);
    l.m.top = k->top;
    l.m.step = k->d;
    return l;
}

static void make(plan_gpu *s, int i)
{
    const packed_layer *q = s->p->layers + i;
    const gated_vstack *v = vstack_of(q->l);
    const packed_vstack *own = q->own;
    plan_layer *l = s->layers + i;
    row_array in = source_rows(s, i, 0), a = s->a;
    if (v->factored) {
        l->row[0] = make_convolution(s, &own->first, own->b1, &v->first);
        l->row[0].in = in;
        in = l->row[0].out = make_ring(s, own->kept_u, own->first.rows);
    }
    a.pixel = layout_floats(q->inner);
    l->row[1] = make_convolution(s, &own->conv, own->b, &v->conv);
    l->row[1].in = in;
    l->row[1].out = a;
    if (!v->output_used) return;
    make_term(s, i, 1);
    l->rows = make_ring(s, q->kept, layout_floats(q->out));
    l->row[1].m.half = layout_floats(q->out);
    l->row[1].label = l->term.out;
    l->row[1].gated = l->rows;
}

const form_gpu vstack_form_gpu = {GATED_VSTACK, reserve, make, 0};
