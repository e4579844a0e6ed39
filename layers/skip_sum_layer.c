/*
skip_sum_layer.c - sum of the horizontal gates' outputs, CPU. See skip_sum_layer.h.
*/
#include <string.h>
#include "activations.h"
#include "layers/gated_hstack_layer.h"
#include "layers/math/gate.h"
#include "layers/skip_sum_layer.h"

void free_skip_sum_layer(layer l)
{
    skip_sum *k = skip_of(&l);
    for (int i = 0; i < k->n; ++i) free_conv(k->conv + i);
    free(k->from);
    free(k->conv);
    free(k->dw);
    free(k->bias);
    free_base(&k->base);
}

static skip_sum *make_skip(layer_shape s, skip_options o)
{
    skip_sum *k = checked_calloc(1, sizeof *k);
    k->n = o.n;
    k->from = checked_calloc(o.n, sizeof(int));
    k->conv = checked_calloc(o.n, sizeof(causal_conv));
    k->dw = checked_calloc(o.n, sizeof(size_t));
    k->base.nparams = 1 + o.n;
    k->base.params = checked_calloc(1 + o.n, sizeof(param));
    k->base.threads = k->work.parts = max_threads();
    make_param(k->base.params, "b", o.filters, 0, 0);
    k->bias = aligned_floats(padded(o.filters, PANEL_ROWS));
    k->work.scratch = (size_t)s.h * s.w * padded(o.filters, PANEL_ROWS) + 64;
    add_sum(&k->work, padded(o.filters, PANEL_ROWS));
    add_meaning(&k->base, "skip_sum filters=%d activation=%d layers=", o.filters, o.activation);
    size_t gradients = 0;
    for (int i = 0; i < o.n; ++i) {
        param *w = k->base.params + 1 + i;
        k->from[i] = o.from[i];
        k->conv[i] = (causal_conv){.cin = o.widths[i], .cout = o.filters, .h = s.h, .w = s.w, .kh = 1, .kw = 1, .d = 1};
        make_param(w, "W_s", conv_weights(k->conv + i), o.widths[i] * o.n, 1);
        w->rows = o.filters;
        mask_param(w, (colour_mask){o.filters, o.filters, o.widths[i], o.widths[i], 1, 0}, s.colours);
        init_conv(k->conv + i, 1, 1);
        k->dw[i] = gradients;
        gradients += conv_gradient(k->conv + i);
        add_meaning(&k->base, "%d,", o.from[i]);
    }
    add_sum(&k->work, gradients);
    return k;
}

layer make_skip_sum_layer(layer_shape s, skip_options o)
{
    skip_sum *k = make_skip(s, o);
    int inputs = 0;
    for (int i = 0; i < o.n; ++i) inputs += o.widths[i];
    layer l = make_base_layer(SKIP_SUM, s, inputs, o.filters);
    l.activation = o.activation;
    l.forward = forward_skip_sum_layer;
    l.backward = backward_skip_sum_layer;
    l.self_layer = (layer *)k;
    l.workspace_size = slices_bytes(&k->work);
    fprintf(stderr, "skip  %5d of %2d layers     %4d x%4d x%4d   ->  %4d x%4d x%4d  %5.3f BFLOPs\n", o.filters, o.n,
            s.w, s.h, inputs, s.w, s.h, o.filters, 2. * s.h * s.w * inputs * o.filters / 1e9);
    return l;
}

/* What is summed over parts: db, and the gradients of all sources' weights one after the other. */
enum { DB, DW };

static void forward_image(layer l, network net, int b, float *scratch)
{
    skip_sum *k = skip_of(&l);
    float *y = l.output + (size_t)b * l.outputs;
    features sum = open_features(&scratch, l.out_h, l.out_w, k->conv->forward.rows, 0, 0);
    for (int i = 0; i < k->n; ++i) conv_forward(k->conv + i, hstack_g(net.layers[k->from[i]], b), i ? 0 : k->bias, sum);
    features_to_planes(sum, l.n, y, 0);
    activate_planes(y, l.outputs, l.activation);
}

static void take_weights(void *context, int part)
{
    const layer_pass *t = context;
    skip_sum *k = skip_of(&t->l);
    if (part == 0) spread_out(k->conv->out, k->base.params[0].value, k->bias);
    for (int i = 0; i < k->n; ++i)
        conv_take_weights(k->conv + i, k->base.params[1 + i].value, t->net.train, portion_of(&k->work, part));
}

static void forward_images(void *context, int part)
{
    const layer_pass *t = context;
    const slices *work = &skip_of(&t->l)->work;
    range r = range_of(t->l.batch, portion_of(work, part));
    for (size_t b = r.from; b < r.end; ++b) forward_image(t->l, t->net, b, slice_scratch(work, t->net.workspace, part));
}

void forward_skip_sum_layer(layer l, network net)
{
    run_parts(skip_of(&l)->work.parts, (phase[]){take_weights, forward_images, 0}, &(layer_pass){l, net});
}

static void backward_image(layer l, network net, int b, slice *s)
{
    skip_sum *k = skip_of(&l);
    float *delta = l.delta + (size_t)b * l.outputs, *scratch = s->scratch;
    features dy = open_features(&scratch, l.out_h, l.out_w, k->conv->forward.rows, 0, 0);
    gradient_of_planes(l.output + (size_t)b * l.outputs, l.outputs, l.activation, delta);
    planes_to_features(delta, l.n, dy);
    add_pixel_sums(dy, l.n, s->sum[DB]);
    for (int i = 0; i < k->n; ++i) {
        layer source = net.layers[k->from[i]];
        conv_backward_weights(k->conv + i, hstack_g(source, b), dy, s->sum[DW] + k->dw[i]);
        conv_backward_data(k->conv + i, dy, 1, hstack_dg(source, b));
    }
}

static void backward_images(void *context, int part)
{
    const layer_pass *t = context;
    const slices *work = &skip_of(&t->l)->work;
    slice s = open_slice(work, t->net.workspace, part);
    range r = range_of(t->l.batch, portion_of(work, part));
    for (size_t b = r.from; b < r.end; ++b) backward_image(t->l, t->net, b, &s);
}

static void sum_parts(void *context, int part)
{
    const layer_pass *t = context;
    sum_slices(&skip_of(&t->l)->work, t->net.workspace, part);
}

/* The sums of all parts to the updates. */
static void give_updates(void *context, int part)
{
    const layer_pass *t = context;
    skip_sum *k = skip_of(&t->l);
    const slices *w = &k->work;
    if (part == 0) add_spread(k->conv->out, summed(w, t->net.workspace, DB), k->base.params[0].update);
    for (int i = 0; i < k->n; ++i) {
        param *p = k->base.params + 1 + i;
        conv_give_gradient(k->conv + i, summed(w, t->net.workspace, DW) + k->dw[i], p->allowed, p->update,
                           portion_of(w, part));
    }
}

void backward_skip_sum_layer(layer l, network net)
{
    run_parts(skip_of(&l)->work.parts, (phase[]){backward_images, sum_parts, give_updates, 0}, &(layer_pass){l, net});
}
