/*
gated_vstack_layer.c - vertical stack of a Gated PixelCNN, CPU. See gated_vstack_layer.h.
*/
#include <string.h>
#include "layers/gated_vstack_layer.h"
#include "layers/math/gate.h"

float *source_output(network net, int from, int b, int floats)
{
    float *x = from == FROM_IMAGE ? image_of(&net)->image : net.layers[from].output;
    return x + (size_t)b * floats;
}

float *source_delta(network net, int from, int b, int floats)
{
    float *x = from == FROM_IMAGE ? image_of(&net)->image_delta : net.layers[from].delta;
    return x ? x + (size_t)b * floats : 0;
}

void free_gated_vstack_layer(layer l)
{
    gated_vstack *v = vstack_of(&l);
    free_conv(&v->conv);
    free_conv(&v->first);
    free(v->a);
    free(v->da);
    free(v->u);
    free(v->bias);
    free(v->bias1);
    free_label_link(&v->label);
    free_base(&v->base);
}

/* What is summed over parts; V follows where there is a label. */
enum { DB, DB_FIRST, DW, DW_FIRST, DV };

/* Arrays in the order of the weight file: b, W, V; factored: b, b_1, W_1, W_2, V. */
static void make_params(gated_vstack *v, layer_shape s)
{
    int rows = v->conv.cout;
    param *p = v->base.params = checked_calloc(5, sizeof(param));
    make_param(v->b = p++, "b", rows, 0, 0);
    if (v->factored) {
        make_param(v->b1 = p++, "b_1", v->first.cout, 0, 0);
        make_param(v->w1 = p++, "W_1", conv_weights(&v->first), v->first.cin * v->first.kw, 1);
    }
    make_param(v->w = p++, v->factored ? "W_2" : "W", conv_weights(&v->conv), v->conv.cin * v->conv.kh * v->conv.kw, 1);
    if (s.label) make_param(v->label.v = p++, "V", (size_t)rows * s.label, s.label, 1);
    if (v->from != FROM_IMAGE) v->w->rows = rows;
    if (v->from != FROM_IMAGE && v->factored) v->w1->rows = v->first.cout;
    v->base.nparams = p - v->base.params;
}

static int width_of_a(const gated_vstack *v) { return spread_floats(v->conv.out); }
static int width_of_u(const gated_vstack *v) { return spread_floats(v->first.out); }

/* The convolution that reads the layer's input. */
static const causal_conv *entry(const gated_vstack *v) { return v->factored ? &v->first : &v->conv; }

static size_t entry_floats(const gated_vstack *v)
{
    const causal_conv *k = entry(v);
    return features_floats(k->h, k->w, spread_floats(k->in), conv_left(k), conv_right(k));
}

static void make_buffers(gated_vstack *v, layer_shape s)
{
    size_t plane = (size_t)s.batch * s.h * s.w;
    int wide = width_of_a(v), u = v->factored ? width_of_u(v) : 0, rows = v->conv.cout;
    v->a = aligned_floats(plane * wide);
    v->da = aligned_floats(plane * wide);
    v->bias = aligned_floats(wide);
    v->u = aligned_floats(plane * u);
    v->bias1 = aligned_floats(u);
    add_sum(&v->work, wide);
    add_sum(&v->work, u);
    add_sum(&v->work, conv_gradient(&v->conv));
    add_sum(&v->work, v->factored ? conv_gradient(&v->first) : 0);
    if (s.label) add_sum(&v->work, conv_gradient(&v->label.map));
    /* input, gradient of a or of u with margins, gradient of u or of the output, of the input, label, sums */
    v->work.scratch = entry_floats(v) + features_floats(s.h, s.w, wide + u, conv_left(entry(v)), conv_left(entry(v))) +
                      (size_t)s.h * s.w * (padded(rows / 2, PANEL_ROWS) + padded(entry(v)->cin, PANEL_ROWS)) +
                      label_scratch(&v->label) + wide + 64;
}

static gated_vstack *make_vstack(layer_shape s, vstack_options o)
{
    gated_vstack *v = checked_calloc(1, sizeof *v);
    int half = o.size / 2, f = o.filters;
    v->from = o.from;
    v->output_used = 1;
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
    init_conv(&v->conv, o.factored, 2);
    if (o.factored) init_conv(&v->first, 0, 1);
    v->label = make_label_link(s, 2 * f);
    v->base.threads = v->work.parts = max_threads();
    make_params(v, s);
    make_buffers(v, s);
    add_meaning(&v->base, "gated_vstack from=%d cin=%d filters=%d size=%d dilation=%d factored=%d", o.from, o.cin, f,
                o.size, o.dilation, o.factored);
    return v;
}

layer make_gated_vstack_layer(layer_shape s, vstack_options o)
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

static features field_of(layer l, float *x, int b, int pixel)
{
    return features_over(x + (size_t)b * l.out_h * l.out_w * pixel, l.out_h, l.out_w, pixel);
}

static features field_of_a(layer l, float *a, int b) { return field_of(l, a, b, width_of_a(vstack_of(&l))); }

features vstack_a(layer l, int b) { return field_of_a(l, vstack_of(&l)->a, b); }
features vstack_da(layer l, int b) { return field_of_a(l, vstack_of(&l)->da, b); }

/* The layer's input with the margins that its kernel reads. */
static features open_input(layer l, network net, int b, float **scratch)
{
    const causal_conv *k = entry(vstack_of(&l));
    features x = open_features(scratch, k->h, k->w, spread_floats(k->in), conv_left(k), conv_right(k));
    planes_to_features(source_output(net, vstack_of(&l)->from, b, l.inputs), k->cin, x);
    return x;
}

/* a = W * v + b for image b; factored: by way of u. */
static void convolve(layer l, network net, int b, float *scratch)
{
    gated_vstack *v = vstack_of(&l);
    features x = open_input(l, net, b, &scratch);
    if (v->factored) {
        features u = field_of(l, v->u, b, width_of_u(v));
        conv_forward(&v->first, x, v->bias1, u);
        x = u;
    }
    conv_forward(&v->conv, x, v->bias, vstack_a(l, b));
}

static gate_items gate_of(layer l, network net, int b, features y, float *label)
{
    gated_vstack *v = vstack_of(&l);
    label_term term = label_term_of(&v->label, net, b, label);
    return (gate_items){.n = l.out_h * l.out_w,
                        .f = v->conv.out.pad,
                        .z = vstack_a(l, b).x,
                        .label = term.v,
                        .y = y.x,
                        .z_step = width_of_a(v),
                        .label_step = term.step,
                        .y_step = y.pixel};
}

static void forward_image(layer l, network net, int b, float *scratch)
{
    gated_vstack *v = vstack_of(&l);
    convolve(l, net, b, scratch);
    if (v->output_used) {
        features y = open_features(&scratch, l.out_h, l.out_w, padded(l.n, PANEL_LANES), 0, 0);
        gate_items t = gate_of(l, net, b, y, scratch);
        gate_forward(&t);
        features_to_planes(y, l.n, l.output + (size_t)b * l.outputs, 0);
    }
    if (net.train) memset(vstack_da(l, b).x, 0, (size_t)l.out_h * l.out_w * width_of_a(v) * sizeof(float));
}

static void take_weights(void *context, int part)
{
    const layer_pass *t = context;
    gated_vstack *v = vstack_of(&t->l);
    portion p = portion_of(&v->work, part);
    if (part == 0) {
        spread_out(v->conv.out, v->b->value, v->bias);
        if (v->factored) spread_out(v->first.out, v->b1->value, v->bias1);
    }
    conv_take_weights(&v->conv, v->w->value, t->net.train, p);
    if (v->factored) conv_take_weights(&v->first, v->w1->value, t->net.train, p);
    if (v->output_used) label_take_weights(&v->label, t->net.train, p);
}

static void forward_images(void *context, int part)
{
    const layer_pass *t = context;
    const slices *work = &vstack_of(&t->l)->work;
    range r = range_of(t->l.batch, portion_of(work, part));
    for (size_t b = r.from; b < r.end; ++b) forward_image(t->l, t->net, b, slice_scratch(work, t->net.workspace, part));
}

void forward_gated_vstack_layer(layer l, network net)
{
    gated_vstack *v = vstack_of(&l);
    if (net.index == 0) {
        v->base.image = net.input;
        v->base.image_delta = net.delta;
    }
    run_parts(v->work.parts, (phase[]){take_weights, forward_images, 0}, &(layer_pass){l, net});
}

/* da (2F) of image b, through the gate and from the horizontal layers, into d; its sums into db. */
static void gradient_of_a(layer l, network net, int b, features d, float *scratch, slice *s)
{
    gated_vstack *v = vstack_of(&l);
    int wide = width_of_a(v);
    features da = vstack_da(l, b);
    add_pixel_sums(da, wide, s->sum[DB]);
    if (v->output_used) {
        features dy = open_features(&scratch, l.out_h, l.out_w, padded(l.n, PANEL_LANES), 0, 0);
        float *sums = scratch;
        scratch += wide;
        memset(sums, 0, wide * sizeof(float));
        planes_to_features(l.delta + (size_t)b * l.outputs, l.n, dy);
        gate_items t = gate_of(l, net, b, dy, scratch);
        features own = field_of_a(l, v->a, b); // a is no longer wanted
        gate_backward(&t, own.x, wide, sums);
        label_backward_image(&v->label, net, b, own, sums, s->sum[DV], scratch);
        add_into(wide, sums, s->sum[DB]);
        add_into(l.out_h * l.out_w * wide, own.x, da.x);
    }
    for (int r = 0; r < l.out_h; ++r) memcpy(d.x + r * d.row, da.x + r * da.row, da.row * sizeof(float));
}

/* dx of image b from the gradient d of what its kernel gives. */
static void give_input(layer l, network net, int b, features d, float *scratch)
{
    gated_vstack *v = vstack_of(&l);
    const causal_conv *k = entry(v);
    float *dx = source_delta(net, v->from, b, l.inputs);
    if (!dx) return;
    features e = open_features(&scratch, k->h, k->w, k->backward.rows, 0, 0);
    conv_backward_data(k, d, 0, e);
    features_to_planes(e, k->cin, dx, 1);
}

static void backward_image(layer l, network net, int b, slice *s)
{
    gated_vstack *v = vstack_of(&l);
    const causal_conv *k = entry(v);
    float *scratch = s->scratch;
    features x = open_input(l, net, b, &scratch);
    features d = open_features(&scratch, l.out_h, l.out_w, width_of_a(v), v->factored ? 0 : conv_right(k),
                               v->factored ? 0 : conv_left(k));
    gradient_of_a(l, net, b, d, scratch, s);
    if (v->factored) {
        features u = field_of(l, v->u, b, width_of_u(v)), a = d;
        d = open_features(&scratch, l.out_h, l.out_w, width_of_u(v), conv_right(k), conv_left(k));
        conv_backward_weights(&v->conv, u, a, s->sum[DW]);
        conv_backward_data(&v->conv, a, 0, d);
        add_pixel_sums(d, width_of_u(v), s->sum[DB_FIRST]);
    }
    conv_backward_weights(k, x, d, s->sum[v->factored ? DW_FIRST : DW]);
    give_input(l, net, b, d, scratch);
}

static void backward_images(void *context, int part)
{
    const layer_pass *t = context;
    const slices *work = &vstack_of(&t->l)->work;
    slice s = open_slice(work, t->net.workspace, part);
    range r = range_of(t->l.batch, portion_of(work, part));
    for (size_t b = r.from; b < r.end; ++b) backward_image(t->l, t->net, b, &s);
}

static void sum_parts(void *context, int part)
{
    const layer_pass *t = context;
    sum_slices(&vstack_of(&t->l)->work, t->net.workspace, part);
}

/* The sums of all parts to the updates. */
static void give_updates(void *context, int part)
{
    const layer_pass *t = context;
    gated_vstack *v = vstack_of(&t->l);
    const slices *w = &v->work;
    float *sums = t->net.workspace;
    portion p = portion_of(w, part);
    if (part == 0) {
        add_spread(v->conv.out, summed(w, sums, DB), v->b->update);
        if (v->factored) add_spread(v->first.out, summed(w, sums, DB_FIRST), v->b1->update);
    }
    conv_give_gradient(&v->conv, summed(w, sums, DW), 0, v->w->update, p);
    if (v->factored) conv_give_gradient(&v->first, summed(w, sums, DW_FIRST), 0, v->w1->update, p);
    if (v->output_used) label_give_gradient(&v->label, summed(w, sums, DV), p);
}

void backward_gated_vstack_layer(layer l, network net)
{
    run_parts(vstack_of(&l)->work.parts, (phase[]){backward_images, sum_parts, give_updates, 0}, &(layer_pass){l, net});
}
