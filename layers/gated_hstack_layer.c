/*
gated_hstack_layer.c - horizontal stack of a Gated PixelCNN, CPU. See gated_hstack_layer.h.
*/
#include <string.h>
#include "gate.h"
#include "gated_hstack_layer.h"
#include "gated_vstack_layer.h"

static void free_gated_hstack(layer l)
{
    gated_hstack *h = hstack_of(l);
    free(h->z);
    free(h->g);
    free(h->dg);
    free(h->sums);
    free(h->sums_r);
    free(h->label.term);
    free_base(&h->base);
}

/* Where the arrays that are summed over threads stand in slice.update; V follows where the label is spatial. */
enum { DW, DW_LINK, DW_OUT, DV };

/* Arrays in the order of the weight file: b, W, W_l, V, b_r, W_r. */
static void make_params(gated_hstack *h, stage s, int cin_half)
{
    int rows = h->conv.cout, f = rows / 2, cin = h->conv.cin;
    param *p = h->base.params = checked_calloc(6, sizeof(param));
    make_param(h->b = p++, "b", rows, 0, 0);
    make_param(h->w = p++, "W", conv_weights(&h->conv), cin * h->conv.kw, 1);
    make_param(h->wl = p++, "W_l", conv_weights(&h->link), h->link.cin, 1);
    if (s.label) make_param(h->label.v = p++, "V", (size_t)rows * s.label, s.label, 1);
    make_param(h->br = p++, "b_r", f, 0, 0);
    make_param(h->wr = p++, "W_r", conv_weights(&h->out), f, 1);
    h->base.nparams = p - h->base.params;
    mask_param(h->w, (colour_mask){rows, f, cin, cin_half, h->conv.kw, h->strict}, s.colours);
    mask_param(h->wr, (colour_mask){f, f, f, f, 1, 0}, s.colours);
    h->work.of[DW] = h->w;
    h->work.of[DW_LINK] = h->wl;
    h->work.of[DW_OUT] = h->wr;
    h->work.of[DV] = h->label.v;
    h->work.n = DV + (s.label && s.spatial);
}

static void make_buffers(gated_hstack *h, stage s)
{
    size_t plane = (size_t)s.batch * s.h * s.w, f = h->out.cout;
    h->z = checked_calloc(plane * 2 * f, sizeof(float));
    h->g = checked_calloc(plane * f, sizeof(float));
    h->dg = checked_calloc(plane * f, sizeof(float));
    h->sums = checked_calloc(s.batch * 2 * f, sizeof(float));
    h->sums_r = checked_calloc(s.batch * f, sizeof(float));
    h->label.term = checked_calloc(s.batch * 2 * f, sizeof(float));
}

static gated_hstack *make_hstack(stage s, hstack_options o)
{
    gated_hstack *h = checked_calloc(1, sizeof *h);
    int half = o.size / 2, f = o.filters;
    int taps = o.strict && s.colours == 1 ? half : half + 1;
    h->from = o.from;
    h->vertical = o.vertical;
    h->strict = o.strict;
    h->residual = o.residual;
    h->read = 1;
    h->conv = (causal_conv){.cin = o.cin,
                            .cout = 2 * f,
                            .h = s.h,
                            .w = s.w,
                            .kh = 1,
                            .kw = taps,
                            .d = o.dilation,
                            .left = o.dilation * half};
    h->link = (causal_conv){
        .cin = 2 * o.vertical_filters, .cout = 2 * f, .h = s.h, .w = s.w, .kh = 1, .kw = 1, .d = 1, .top = 1};
    h->out = (causal_conv){.cin = f, .cout = f, .h = s.h, .w = s.w, .kh = 1, .kw = 1, .d = 1};
    h->label = (label_link){.rows = 2 * f, .width = s.label, .pixels = s.spatial ? s.h * s.w : 0};
    h->base.threads = h->work.threads = max_threads();
    h->base.free = free_gated_hstack;
    make_params(h, s, o.cin);
    make_buffers(h, s);
    h->work.scratch = conv_scratch(&h->conv) + label_scratch(&h->label);
    snprintf(h->base.meaning, sizeof h->base.meaning,
             "gated_hstack from=%d cin=%d vertical=%d fv=%d filters=%d size=%d dilation=%d mask=%c residual=%d", o.from,
             o.cin, o.vertical, o.vertical_filters, f, o.size, o.dilation, o.strict ? 'a' : 'b', o.residual);
    return h;
}

layer make_gated_hstack_layer(stage s, hstack_options o)
{
    gated_hstack *h = make_hstack(s, o);
    layer l = make_base_layer(GATED_HSTACK, s, o.cin, o.filters);
    l.size = o.size;
    l.forward = forward_gated_hstack_layer;
    l.backward = backward_gated_hstack_layer;
    l.self_layer = (layer *)h;
    l.workspace_size = slices_bytes(&h->work);
    double adds = (double)s.h * s.w * (conv_weights(&h->conv) + conv_weights(&h->link) + conv_weights(&h->out));
    fprintf(stderr, "horiz %5d %2d x%2d d%2d%c %4d x%4d x%4d   ->  %4d x%4d x%4d  %5.3f BFLOPs\n", o.filters, 1,
            h->conv.kw, o.dilation, o.strict ? 'a' : 'b', s.w, s.h, o.cin, s.w, s.h, o.filters, 2 * adds / 1e9);
    return l;
}

/* x' = W_r g + b_r (+ x) for image b. */
static void project(layer l, float *x, int b)
{
    gated_hstack *h = hstack_of(l);
    int plane = l.out_h * l.out_w;
    float *y = l.output + (size_t)b * l.outputs;
    if (h->residual) memcpy(y, x, l.outputs * sizeof(float));
    conv_forward(&h->out, h->wr->value, h->g + (size_t)b * l.outputs, h->residual, y, 0);
    row_bias(l.n, plane, h->br->value, y);
}

void forward_gated_hstack_layer(layer l, network net)
{
    gated_hstack *h = hstack_of(l);
    gated_vstack *v = vstack_of(net.layers[h->vertical]);
    int plane = l.out_h * l.out_w, rows = 2 * l.n;
    label_forward(&h->label, net, l.batch);
#pragma omp parallel for schedule(static) num_threads(h->work.threads)
    for (int b = 0; b < l.batch; ++b) {
        float *scratch = slice_scratch(&h->work, net.workspace);
        float *z = h->z + (size_t)b * plane * rows, *x = source_output(net, h->from, b, l.inputs);
        conv_forward(&h->conv, h->w->value, x, 0, z, scratch);
        conv_forward(&h->link, h->wl->value, v->a + (size_t)b * plane * h->link.cin, 1, z, scratch);
        row_bias(rows, plane, h->b->value, z);
        gate_forward(l.n, plane, label_term_of(&h->label, net, b, scratch), z, h->g + (size_t)b * l.outputs);
        if (h->read) project(l, x, b);
        if (net.train) memset(h->dg + (size_t)b * l.outputs, 0, l.outputs * sizeof(float));
    }
}

/* dg += W_r^T dx', dx += dx' where residual, for image b. */
static void backward_project(layer l, float *dx, int b, slice *s)
{
    gated_hstack *h = hstack_of(l);
    size_t at = (size_t)b * l.outputs;
    conv_backward_weights(&h->out, h->g + at, l.delta + at, s->update[DW_OUT], 0);
    conv_backward_data(&h->out, h->wr->value, l.delta + at, h->dg + at, 0);
    row_sums(l.n, l.out_h * l.out_w, l.delta + at, h->sums_r + (size_t)b * l.n);
    if (h->residual && dx) add_into(l.outputs, l.delta + at, dx);
}

/* From dg to dx, da and the gradients of W, W_l and V, for image b. */
static void backward_gate(layer l, network net, float *dx, int b, slice *s)
{
    gated_hstack *h = hstack_of(l);
    gated_vstack *v = vstack_of(net.layers[h->vertical]);
    int plane = l.out_h * l.out_w, rows = 2 * l.n;
    float *z = h->z + (size_t)b * plane * rows, *sums = h->sums + (size_t)b * rows;
    size_t at = (size_t)b * plane * h->link.cin;
    gate_backward(l.n, plane, label_term_of(&h->label, net, b, s->scratch), z, h->dg + (size_t)b * l.outputs);
    row_sums(rows, plane, z, sums);
    label_backward_image(&h->label, net, b, z, sums, s->update[DV]);
    conv_backward_weights(&h->conv, source_output(net, h->from, b, l.inputs), z, s->update[DW], s->scratch);
    conv_backward_weights(&h->link, v->a + at, z, s->update[DW_LINK], s->scratch);
    conv_backward_data(&h->link, h->wl->value, z, v->da + at, s->scratch);
    if (dx) conv_backward_data(&h->conv, h->w->value, z, dx, s->scratch);
}

void backward_gated_hstack_layer(layer l, network net)
{
    gated_hstack *h = hstack_of(l);
#pragma omp parallel num_threads(h->work.threads)
    {
        slice s = open_slice(&h->work, net.workspace);
#pragma omp for schedule(static)
        for (int b = 0; b < l.batch; ++b) {
            float *dx = source_delta(net, h->from, b, l.inputs);
            if (h->read) backward_project(l, dx, b, &s);
            backward_gate(l, net, dx, b, &s);
        }
        sum_slices(&h->work, net.workspace);
    }
    for (int b = 0; b < l.batch; ++b) {
        add_into(2 * l.n, h->sums + (size_t)b * 2 * l.n, h->b->update);
        if (h->read) add_into(l.n, h->sums_r + (size_t)b * l.n, h->br->update);
    }
    label_backward(&h->label, net, l.batch);
}
