/* Columns of a row whose input is complete. See cached_form.h. */
#include "base/memory.h"
#include "layers/gated_vstack_layer.h"
#include "layers/math/gate.h"
#include "pixelcnn/sample/cached_form.h"
#include "pixelcnn/sample/packed_forms.h"

static void pack(const packed_net *p, packed_layer *q)
{
    const gated_vstack *v = vstack_of(q->l);
    packed_vstack *own = q->own = checked_calloc(1, sizeof *own);
    channel_layout u = make_channel_layout(q->l->n, 1, 1, PANEL_ROWS);
    q->inner = make_channel_layout(2 * q->l->n, 1, 2, PANEL_LANES);
    q->out = make_channel_layout(q->l->n, 1, 1, PANEL_LANES);
    if (v->factored) {
        own->first = packed_conv(&v->first, v->w1->value, q->in, u);
        own->b1 = spread_copy(v->b1->value, u);
        widen_margins(&own->kept_u, &v->conv, p->wiring->clipped, p->h);
    }
    own->conv = packed_conv(&v->conv, v->w->value, v->factored ? u : q->in, q->inner);
    own->b = spread_copy(v->b->value, q->inner);
    q->label = packed_label(&v->label, q->inner);
}

static void free_packed(const packed_net *p, packed_layer *q)
{
    packed_vstack *own = q->own;
    (void)p;
    free_panel(&own->first);
    free_panel(&own->conv);
    free(own->b1);
    free(own->b);
}

/* own of a lane_layer: the rows of u. */
static void make(lanes *s, int i)
{
    const packed_layer *q = s->net->layers + i;
    const packed_vstack *own = q->own;
    int a = layout_floats(q->inner);
    make_lane_rows(s, &s->layers[i].out, q->kept, layout_floats(q->out));
    if (own->first.rows)
        make_lane_rows(s, s->layers[i].own = lane_own(s, sizeof(lane_rows)), own->kept_u, own->first.rows);
    need_scratch(s, a, 0);
}

static void row(lanes *s, int i, int r, index_range columns, float *a)
{
    const packed_layer *q = s->net->layers + i;
    const gated_vstack *v = vstack_of(q->l);
    const packed_vstack *own = q->own;
    lane_layer *k = s->layers + i;
    const lane_rows *in = lane_source_rows(s, i, 0), *u = k->own;
    int w = s->net->w, wide = layout_floats(q->inner), f = layout_floats(q->out), spatial = is_spatial(s->net);
    for (int lane = 0; lane < s->n; ++lane) {
        size_t at = (size_t)lane * w + columns.from;
        float *z = a + at * wide;
        if (v->factored)
            convolve_lane_row((lane_kernel){&own->first, &v->first, own->b1}, in, lane, r, columns,
                              lane_row(u, lane, r) + columns.from * u->pixel);
        convolve_lane_row((lane_kernel){&own->conv, &v->conv, own->b}, v->factored ? u : in, lane, r, columns, z);
        if (!v->output_used) continue;
        gate_forward(&(gate_items){.n = columns.end - columns.from,
                                   .f = f,
                                   .z = z,
                                   .label = k->term ? k->term + (spatial ? at : (size_t)lane) * wide : s->zeros,
                                   .y = lane_row(&k->out, lane, r) + columns.from * k->out.pixel,
                                   .z_step = wide,
                                   .label_step = spatial ? wide : 0,
                                   .y_step = f});
    }
}

const cached_form cached_vstack = {
    .type = GATED_VSTACK, .pack = pack, .free_packed = free_packed, .make = make, .row = row};
