/*
gated_vstack_layer.c - vertical stack of a Gated PixelCNN, CPU. See gated_vstack_layer.h.
*/
#include <string.h>
#include "gate.h"
#include "gated_vstack_layer.h"

float *source_output(network net, int from, int b, int floats)
{
    float *x = from == FROM_IMAGE ? image_of(net)->image : net.layers[from].output;
    return x + (size_t)b * floats;
}

float *source_delta(network net, int from, int b, int floats)
{
    float *x = from == FROM_IMAGE ? image_of(net)->image_delta : net.layers[from].delta;
    return x ? x + (size_t)b * floats : 0;
}

static void free_gated_vstack(layer l)
{
    gated_vstack *v = vstack_of(l);
    free(v->u);
    free(v->du);
    free(v->a);
    free(v->da);
    free(v->sums);
    free(v->sums1);
    free(v->label.term);
    free_base(&v->base);
}

/* Arrays in the order of the weight file: b, W, V; factored: b, b_1, W_1, W_2, V. */
static void make_params(gated_vstack *v, stage s)
{
    int rows = v->conv.cout;
    param *p = v->base.params = checked_calloc(5, sizeof(param));
    make_param(v->b = p++, "b", rows, 0, 0);
    if (v->factored) {
        make_param(v->b1 = p++, "b_1", v->first.cout, 0, 0);
        make_param(v->w1 = p++, "W_1", conv_weights(&v->first), v->first.cin * v->first.kw, 1);
        v->work.of[v->work.n++] = v->w1;
    }
    make_param(v->w = p++, v->factored ? "W_2" : "W", conv_weights(&v->conv), v->conv.cin * v->conv.kh * v->conv.kw, 1);
    v->work.of[v->work.n++] = v->w;
    if (s.label) {
        make_param(v->label.v = p++, "V", (size_t)rows * s.label, s.label, 1);
        if (s.spatial) v->work.of[v->work.n++] = v->label.v;
    }
    v->base.nparams = p - v->base.params;
}

static void make_buffers(gated_vstack *v, stage s)
{
    size_t plane = (size_t)s.batch * s.h * s.w, rows = v->conv.cout, f = rows / 2;
    v->a = checked_calloc(plane * rows, sizeof(float));
    v->da = checked_calloc(plane * rows, sizeof(float));
    v->sums = checked_calloc(s.batch * rows, sizeof(float));
    v->label.term = checked_calloc(s.batch * rows, sizeof(float));
    if (!v->factored) return;
    v->u = checked_calloc(plane * f, sizeof(float));
    v->du = checked_calloc(plane * f, sizeof(float));
    v->sums1 = checked_calloc(s.batch * f, sizeof(float));
}

static gated_vstack *make_vstack(stage s, vstack_options o)
{
    gated_vstack *v = checked_calloc(1, sizeof *v);
    int half = o.size / 2, f = o.filters;
    v->from = o.from;
    v->read = 1;
    v->factored = o.factored;
    v->conv = (causal_conv){.cin = o.factored ? f : o.cin,
                            .cout = 2 * f,
                            .h = s.h,
                            .w = s.w,
                            .kh = half + 1,
                            .kw = o.factored ? 1 : o.size,
                            .d = o.dilation,
                            .top = o.dilation * half,
                            .left = o.factored ? 0 : o.dilation * half};
    v->first = (causal_conv){
        .cin = o.cin, .cout = f, .h = s.h, .w = s.w, .kh = 1, .kw = o.size, .d = o.dilation, .left = o.dilation * half};
    v->label = (label_link){.rows = 2 * f, .width = s.label, .pixels = s.spatial ? s.h * s.w : 0};
    v->base.threads = v->work.threads = max_threads();
    v->base.free = free_gated_vstack;
    make_params(v, s);
    make_buffers(v, s);
    v->work.scratch = conv_scratch(&v->conv) + conv_scratch(&v->first) + label_scratch(&v->label);
    snprintf(v->base.meaning, sizeof v->base.meaning,
             "gated_vstack from=%d cin=%d filters=%d size=%d dilation=%d factored=%d", o.from, o.cin, f, o.size,
             o.dilation, o.factored);
    return v;
}

layer make_gated_vstack_layer(stage s, vstack_options o)
{
    gated_vstack *v = make_vstack(s, o);
    layer l = make_base_layer(GATED_VSTACK, s, o.cin, o.filters);
    l.size = o.size;
    l.forward = forward_gated_vstack_layer;
    l.backward = backward_gated_vstack_layer;
    l.self_layer = (layer *)v;
    l.workspace_size = slices_bytes(&v->work);
    double adds = (double)s.h * s.w * (conv_weights(&v->conv) + (o.factored ? conv_weights(&v->first) : 0));
    fprintf(stderr, "vert  %5d %2d x%2d d%2d  %4d x%4d x%4d   ->  %4d x%4d x%4d  %5.3f BFLOPs\n", o.filters,
            o.size / 2 + 1, o.size, o.dilation, s.w, s.h, o.cin, s.w, s.h, o.filters, 2 * adds / 1e9);
    return l;
}

/* a = W * v + b for image b; factored: by way of u. */
static void convolve(gated_vstack *v, int b, float *x, float *a, float *scratch)
{
    int plane = v->conv.h * v->conv.w;
    if (v->factored) {
        float *u = v->u + (size_t)b * plane * v->first.cout;
        conv_forward(&v->first, v->w1->value, x, 0, u, scratch);
        row_bias(v->first.cout, plane, v->b1->value, u);
        x = u;
    }
    conv_forward(&v->conv, v->w->value, x, 0, a, scratch);
    row_bias(v->conv.cout, plane, v->b->value, a);
}

void forward_gated_vstack_layer(layer l, network net)
{
    gated_vstack *v = vstack_of(l);
    int plane = l.out_h * l.out_w, f = l.n;
    if (net.index == 0) {
        v->base.image = net.input;
        v->base.image_delta = net.delta;
    }
    if (v->read) label_forward(&v->label, net, l.batch);
#pragma omp parallel for schedule(static) num_threads(v->work.threads)
    for (int b = 0; b < l.batch; ++b) {
        float *scratch = slice_scratch(&v->work, net.workspace);
        float *a = v->a + (size_t)b * plane * 2 * f;
        convolve(v, b, source_output(net, v->from, b, l.inputs), a, scratch);
        if (v->read)
            gate_forward(f, plane, label_term_of(&v->label, net, b, scratch), a, l.output + (size_t)b * l.outputs);
        if (net.train) memset(v->da + (size_t)b * plane * 2 * f, 0, plane * 2 * f * sizeof(float));
    }
}

/* Leaves in a the whole gradient of a for image b: through the gate and from the horizontal layers. */
static void gradient_of_a(layer l, network net, int b, slice *s)
{
    gated_vstack *v = vstack_of(l);
    int plane = l.out_h * l.out_w, rows = 2 * l.n;
    float *a = v->a + (size_t)b * plane * rows, *sums = v->sums + (size_t)b * rows;
    if (v->read) {
        gate_backward(l.n, plane, label_term_of(&v->label, net, b, s->scratch), a, l.delta + (size_t)b * l.outputs);
        row_sums(rows, plane, a, sums);
        label_backward_image(&v->label, net, b, a, sums, s->update[v->work.n - 1]);
    } else {
        memset(a, 0, (size_t)plane * rows * sizeof(float));
    }
    add_into(plane * rows, v->da + (size_t)b * plane * rows, a);
    row_sums(rows, plane, a, sums);
}

/* dW += da v^T and dv += W^T da; factored: by way of du. */
static void backward_convolve(layer l, network net, int b, slice *s)
{
    gated_vstack *v = vstack_of(l);
    int plane = l.out_h * l.out_w, f = l.n;
    float *a = v->a + (size_t)b * plane * 2 * f;
    float *x = source_output(net, v->from, b, l.inputs), *dx = source_delta(net, v->from, b, l.inputs);
    if (!v->factored) {
        conv_backward_weights(&v->conv, x, a, s->update[0], s->scratch);
        if (dx) conv_backward_data(&v->conv, v->w->value, a, dx, s->scratch);
        return;
    }
    float *u = v->u + (size_t)b * plane * f, *du = v->du + (size_t)b * plane * f;
    memset(du, 0, (size_t)plane * f * sizeof(float));
    conv_backward_weights(&v->conv, u, a, s->update[1], s->scratch);
    conv_backward_data(&v->conv, v->w->value, a, du, s->scratch);
    row_sums(f, plane, du, v->sums1 + (size_t)b * f);
    conv_backward_weights(&v->first, x, du, s->update[0], s->scratch);
    if (dx) conv_backward_data(&v->first, v->w1->value, du, dx, s->scratch);
}

void backward_gated_vstack_layer(layer l, network net)
{
    gated_vstack *v = vstack_of(l);
#pragma omp parallel num_threads(v->work.threads)
    {
        slice s = open_slice(&v->work, net.workspace);
#pragma omp for schedule(static)
        for (int b = 0; b < l.batch; ++b) {
            gradient_of_a(l, net, b, &s);
            backward_convolve(l, net, b, &s);
        }
        sum_slices(&v->work, net.workspace);
    }
    for (int b = 0; b < l.batch; ++b) {
        add_into(2 * l.n, v->sums + (size_t)b * 2 * l.n, v->b->update);
        if (v->factored) add_into(l.n, v->sums1 + (size_t)b * l.n, v->b1->update);
    }
    if (v->read) label_backward(&v->label, net, l.batch);
}
