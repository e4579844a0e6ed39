/*
gated_hstack_layer.c - horizontal stack of a Gated PixelCNN, CPU. See gated_hstack_layer.h.
*/
#include <string.h>
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "layers/math/gate.h"

void free_gated_hstack_layer(layer l)
{
    gated_hstack *h = hstack_of(&l);
    free_conv(&h->conv);
    free_conv(&h->link);
    free_conv(&h->out);
    free(h->z);
    free(h->g);
    free(h->dg);
    free(h->bias);
    free(h->bias_r);
    free_label_link(&h->label);
    free_base(&h->base);
}

/* What is summed over parts; V follows where there is a label. */
enum { DB, DB_OUT, DW, DW_LINK, DW_OUT, DV };

/* Arrays in the order of the weight file: b, W, W_l, V, b_r, W_r. */
static void make_params(gated_hstack *h, layer_shape s, int cin_half)
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
    if (h->from != FROM_IMAGE) h->w->rows = rows;
    h->wl->rows = rows;
    h->wr->rows = f;
    mask_param(h->w, (colour_mask){rows, f, cin, cin_half, h->conv.kw, h->mask_a}, s.colours);
    mask_param(h->wr, (colour_mask){f, f, f, f, 1, 0}, s.colours);
}

static int width_of_z(const gated_hstack *h) { return spread_floats(h->conv.out); }
static int width_of_g(const gated_hstack *h) { return spread_floats(h->out.in); }

static void make_buffers(gated_hstack *h, layer_shape s)
{
    size_t pixels = (size_t)s.h * s.w, plane = s.batch * pixels;
    int wide = width_of_z(h), f = width_of_g(h);
    const causal_conv *k = &h->conv;
    h->z = aligned_floats(plane * wide);
    h->g = aligned_floats(plane * f);
    h->dg = aligned_floats(plane * f);
    h->bias = aligned_floats(wide);
    h->bias_r = aligned_floats(f);
    add_sum(&h->work, wide);
    add_sum(&h->work, f);
    add_sum(&h->work, conv_gradient(k));
    add_sum(&h->work, conv_gradient(&h->link));
    add_sum(&h->work, conv_gradient(&h->out));
    if (s.label) add_sum(&h->work, conv_gradient(&h->label.map));
    /* input, gradient of z with margins, x' or its gradient, gradient of the input, label, sums */
    h->work.scratch = features_floats(s.h, s.w, spread_floats(k->in), conv_left(k), conv_right(k)) +
                      features_floats(s.h, s.w, wide, conv_right(k), conv_left(k)) + pixels * (f + k->backward.rows) +
                      label_scratch(&h->label) + wide + 64;
}

static gated_hstack *make_hstack(layer_shape s, hstack_options o)
{
    gated_hstack *h = checked_calloc(1, sizeof *h);
    int half = o.size / 2, f = o.filters;
    int taps = o.mask_a && s.colours == 1 ? half : half + 1;
    h->from = o.from;
    h->vertical = o.vertical;
    h->mask_a = o.mask_a;
    h->residual = o.residual;
    h->output_used = 1;
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
    init_conv(&h->conv, 0, 2);
    init_conv(&h->link, 2, 2);
    init_conv(&h->out, 1, 1);
    h->label = make_label_link(s, 2 * f);
    h->base.threads = h->work.parts = max_threads();
    make_params(h, s, o.cin);
    make_buffers(h, s);
    add_meaning(&h->base,
                "gated_hstack from=%d cin=%d vertical=%d fv=%d filters=%d size=%d dilation=%d mask=%c residual=%d",
                o.from, o.cin, o.vertical, o.vertical_filters, f, o.size, o.dilation, o.mask_a ? 'a' : 'b', o.residual);
    return h;
}

layer make_gated_hstack_layer(layer_shape s, hstack_options o)
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
            h->conv.kw, o.dilation, o.mask_a ? 'a' : 'b', s.w, s.h, o.cin, s.w, s.h, o.filters, 2 * adds / 1e9);
    return l;
}

static features field_of(layer l, float *x, int b, int pixel)
{
    return features_over(x + (size_t)b * l.out_h * l.out_w * pixel, l.out_h, l.out_w, pixel);
}

static features field_of_z(layer l, int b) { return field_of(l, hstack_of(&l)->z, b, width_of_z(hstack_of(&l))); }
features hstack_g(layer l, int b) { return field_of(l, hstack_of(&l)->g, b, width_of_g(hstack_of(&l))); }
features hstack_dg(layer l, int b) { return field_of(l, hstack_of(&l)->dg, b, width_of_g(hstack_of(&l))); }

/* The layer's input with the margins that its kernel reads. */
static features open_input(layer l, network net, int b, float **scratch)
{
    const causal_conv *k = &hstack_of(&l)->conv;
    features x = open_features(scratch, k->h, k->w, spread_floats(k->in), conv_left(k), conv_right(k));
    planes_to_features(source_output(net, hstack_of(&l)->from, b, l.inputs), k->cin, x);
    return x;
}

static gate_items gate_of(layer l, network net, int b, features g, float *label)
{
    gated_hstack *h = hstack_of(&l);
    label_term term = label_term_of(&h->label, net, b, label);
    return (gate_items){.n = l.out_h * l.out_w,
                        .f = h->conv.out.pad,
                        .z = field_of_z(l, b).x,
                        .label = term.v,
                        .y = g.x,
                        .z_step = width_of_z(h),
                        .label_step = term.step,
                        .y_step = width_of_g(h)};
}

/* x' = W_r g + b_r (+ x) for image b. */
static void project(layer l, int b, float *scratch)
{
    gated_hstack *h = hstack_of(&l);
    features y = open_features(&scratch, l.out_h, l.out_w, width_of_g(h), 0, 0);
    float *out = l.output + (size_t)b * l.outputs;
    conv_forward(&h->out, hstack_g(l, b), h->bias_r, y);
    features_to_planes(y, l.n, out, h->residual);
}

static void forward_image(layer l, network net, int b, float *scratch)
{
    gated_hstack *h = hstack_of(&l);
    features z = field_of_z(l, b), x = open_input(l, net, b, &scratch);
    conv_forward(&h->conv, x, h->bias, z);
    conv_forward(&h->link, vstack_a(net.layers[h->vertical], b), 0, z);
    gate_items t = gate_of(l, net, b, hstack_g(l, b), scratch);
    gate_forward(&t);
    if (h->residual)
        memcpy(l.output + (size_t)b * l.outputs, source_output(net, h->from, b, l.inputs), l.outputs * sizeof(float));
    if (h->output_used) project(l, b, scratch);
    if (net.train) memset(hstack_dg(l, b).x, 0, (size_t)l.out_h * l.out_w * width_of_g(h) * sizeof(float));
}

static void take_weights(void *context, int part)
{
    const layer_pass *t = context;
    gated_hstack *h = hstack_of(&t->l);
    portion p = portion_of(&h->work, part);
    if (part == 0) {
        spread_out(h->conv.out, h->b->value, h->bias);
        spread_out(h->out.out, h->br->value, h->bias_r);
    }
    conv_take_weights(&h->conv, h->w->value, t->net.train, p);
    conv_take_weights(&h->link, h->wl->value, t->net.train, p);
    conv_take_weights(&h->out, h->wr->value, t->net.train, p);
    label_take_weights(&h->label, t->net.train, p);
}

static void forward_images(void *context, int part)
{
    const layer_pass *t = context;
    const slices *work = &hstack_of(&t->l)->work;
    range r = range_of(t->l.batch, portion_of(work, part));
    for (size_t b = r.from; b < r.end; ++b) forward_image(t->l, t->net, b, slice_scratch(work, t->net.workspace, part));
}

void forward_gated_hstack_layer(layer l, network net)
{
    run_parts(hstack_of(&l)->work.parts, (phase[]){take_weights, forward_images, 0}, &(layer_pass){l, net});
}

/* dg += W_r^T dx', dx += dx' where residual, for image b. */
static void backward_project(layer l, float *dx, int b, float *scratch, slice *s)
{
    gated_hstack *h = hstack_of(&l);
    float *delta = l.delta + (size_t)b * l.outputs;
    features e = open_features(&scratch, l.out_h, l.out_w, width_of_g(h), 0, 0);
    planes_to_features(delta, l.n, e);
    add_pixel_sums(e, l.n, s->sum[DB_OUT]);
    conv_backward_weights(&h->out, hstack_g(l, b), e, s->sum[DW_OUT]);
    conv_backward_data(&h->out, e, 1, hstack_dg(l, b));
    if (h->residual && dx) add_into(l.outputs, delta, dx);
}

/* dz of image b, from dg, into d; its sums into db. */
static void gradient_of_z(layer l, network net, int b, features d, float *scratch, slice *s)
{
    gated_hstack *h = hstack_of(&l);
    int wide = width_of_z(h);
    features z = field_of_z(l, b);
    float *sums = scratch;
    memset(sums, 0, wide * sizeof(float));
    gate_items t = gate_of(l, net, b, hstack_dg(l, b), scratch + wide);
    gate_backward(&t, z.x, wide, sums); // z is no longer wanted
    label_backward_image(&h->label, net, b, z, sums, s->sum[DV], scratch + wide);
    add_into(wide, sums, s->sum[DB]);
    for (int r = 0; r < l.out_h; ++r) memcpy(d.x + r * d.row, z.x + r * z.row, z.row * sizeof(float));
}

static void backward_image(layer l, network net, int b, slice *s)
{
    gated_hstack *h = hstack_of(&l);
    const causal_conv *k = &h->conv;
    layer vertical = net.layers[h->vertical];
    float *dx = source_delta(net, h->from, b, l.inputs), *scratch = s->scratch;
    features x = open_input(l, net, b, &scratch);
    features d = open_features(&scratch, l.out_h, l.out_w, width_of_z(h), conv_right(k), conv_left(k));
    if (h->output_used) backward_project(l, dx, b, scratch, s);
    gradient_of_z(l, net, b, d, scratch, s);
    conv_backward_weights(k, x, d, s->sum[DW]);
    conv_backward_weights(&h->link, vstack_a(vertical, b), d, s->sum[DW_LINK]);
    conv_backward_data(&h->link, d, 1, vstack_da(vertical, b));
    if (!dx) return;
    features e = open_features(&scratch, l.out_h, l.out_w, k->backward.rows, 0, 0);
    conv_backward_data(k, d, 0, e);
    features_to_planes(e, k->cin, dx, 1);
}

static void backward_images(void *context, int part)
{
    const layer_pass *t = context;
    const slices *work = &hstack_of(&t->l)->work;
    slice s = open_slice(work, t->net.workspace, part);
    range r = range_of(t->l.batch, portion_of(work, part));
    for (size_t b = r.from; b < r.end; ++b) backward_image(t->l, t->net, b, &s);
}

static void sum_parts(void *context, int part)
{
    const layer_pass *t = context;
    sum_slices(&hstack_of(&t->l)->work, t->net.workspace, part);
}

/* The sums of all parts to the updates. */
static void give_updates(void *context, int part)
{
    const layer_pass *t = context;
    gated_hstack *h = hstack_of(&t->l);
    const slices *w = &h->work;
    float *sums = t->net.workspace;
    portion p = portion_of(w, part);
    if (part == 0) {
        add_spread(h->conv.out, summed(w, sums, DB), h->b->update);
        add_spread(h->out.out, summed(w, sums, DB_OUT), h->br->update);
    }
    conv_give_gradient(&h->conv, summed(w, sums, DW), h->w->allowed, h->w->update, p);
    conv_give_gradient(&h->link, summed(w, sums, DW_LINK), 0, h->wl->update, p);
    conv_give_gradient(&h->out, summed(w, sums, DW_OUT), h->wr->allowed, h->wr->update, p);
    label_give_gradient(&h->label, summed(w, sums, DV), p);
}

void backward_gated_hstack_layer(layer l, network net)
{
    run_parts(hstack_of(&l)->work.parts, (phase[]){backward_images, sum_parts, give_updates, 0}, &(layer_pass){l, net});
}
