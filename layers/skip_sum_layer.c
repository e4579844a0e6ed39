#include <string.h>
#include "activations.h"
#include "base/verbose.h"
#include "layers/activation_planes.h"
#include "layers/gated_hstack_layer.h"
#include "layers/layer_pass.h"
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
    k->work.scratch = (size_t)s.h * s.w * padded(o.filters, PANEL_LANES) + 64;
    add_sum(&k->work, padded(o.filters, PANEL_LANES));
    add_meaning(&k->base, "skip_sum filters=%d activation=%d layers=", o.filters, o.activation);
    size_t gradients = 0;
    for (int i = 0; i < o.n; ++i) {
        param *w = k->base.params + 1 + i;
        k->from[i] = o.from[i];
        k->conv[i] = (causal_conv){.cin = o.widths[i], .cout = o.filters, .h = s.h, .w = s.w, .kh = 1, .kw = 1, .d = 1};
        make_param(w, "W_s", conv_weights(k->conv + i), o.widths[i] * o.n, 1);
        shape_param(w, o.filters, o.widths[i], 0, 0);
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
    l.workspace_size = slices_bytes(&k->work, s.batch);
    if (verbose)
        fprintf(stderr, "skip  %5d of %2d %-6s     %4d x%4d x%4d   ->  %4d x%4d x%4d  %5.3f BFLOPs\n", o.filters, o.n,
                o.n == 1 ? "layer" : "layers", s.w, s.h, inputs, s.w, s.h, o.filters,
                2. * s.h * s.w * inputs * o.filters / 1e9);
    return l;
}

/* What is summed over parts: db, and the gradients of all sources' weights one after the other. */
enum { DB, DW };

/* What a pass reads and writes. */
typedef struct {
    layer_io io; // x is not used: the sources' g is read
    skip_sum *k;
    const layer *layers; // of the net
    ACTIVATION activation;
} skip_pass;

static skip_pass pass_of(const layer *l, const network *net)
{
    return (skip_pass){io_of(l, net), skip_of(l), net->layers, l->activation};
}

static gated_hstack *source_of(const skip_pass *p, int i) { return hstack_of(p->layers + p->k->from[i]); }

/* Floats of an image of the output. */
static size_t outputs_of(const skip_sum *k) { return (size_t)k->conv->cout * k->conv->h * k->conv->w; }

static features open_sum(const skip_sum *k, float **scratch)
{
    return open_features(scratch, k->conv->h, k->conv->w, k->conv->forward.rows, 0, 0);
}

/* ---- forward ----

     g_i (B,F_i,H,W) of each source i   y (B,S,H,W)   W_s,i (S,F_i)

     y = activation(sum over i of W_s,i g_i + b)

   OVERWRITES y. */
static void forward_image(const void *pass, int b, float *scratch)
{
    const skip_pass *p = pass;
    const skip_sum *k = p->k;
    float *y = p->io.y + b * outputs_of(k);
    features sum = open_sum(k, &scratch);
    for (int i = 0; i < k->n; ++i) conv_forward(k->conv + i, hstack_g(source_of(p, i), b), i ? 0 : k->bias, sum);
    features_to_planes(sum, k->conv->cout, y, 0);
    activate_planes(y, outputs_of(k), p->activation);
}

static void take_weights(const void *pass, portion part)
{
    const skip_pass *p = pass;
    skip_sum *k = p->k;
    if (part.part == 0) store_channels(k->conv->out, k->base.params[0].value, k->bias);
    for (int i = 0; i < k->n; ++i) conv_take_weights(k->conv + i, k->base.params[1 + i].value, p->io.train, part);
}

/* ---- backward ----

     forward                            so
     y = activation(s)                  ds = dy . activation'(s)
     s = sum over i of W_s,i g_i + b    dW_s,i += ds g_i^T    dg_i += W_s,i^T ds    db += ds summed over pixels

   ADDS to the updates (through the parts' sums) and to dg of each source; OVERWRITES dy by ds. */
static void backward_image(const void *pass, int b, slice *s)
{
    const skip_pass *p = pass;
    const skip_sum *k = p->k;
    float *dy = p->io.dy + b * outputs_of(k), *scratch = s->scratch;
    features ds = open_sum(k, &scratch);
    gradient_of_planes(p->io.y + b * outputs_of(k), outputs_of(k), p->activation, dy);
    planes_to_features(dy, k->conv->cout, ds);
    add_pixel_sums(ds, k->conv->cout, s->sum[DB]);
    for (int i = 0; i < k->n; ++i) {
        conv_backward_weights(k->conv + i, hstack_g(source_of(p, i), b), ds, s->sum[DW] + k->dw[i]);
        conv_backward_data(k->conv + i, ds, source_of(p, i)->dg_given, hstack_dg(source_of(p, i), b));
    }
}

static void give_updates(const void *pass, portion part)
{
    const skip_pass *p = pass;
    const skip_sum *k = p->k;
    const slices *w = &k->work;
    float *sums = p->io.workspace;
    if (part.part == 0) add_channels(k->conv->out, summed(w, sums, DB), k->base.params[0].update);
    for (int i = 0; i < k->n; ++i) {
        const param *q = k->base.params + 1 + i;
        conv_give_gradient(k->conv + i, summed(w, sums, DW) + k->dw[i], q->allowed, q->update, part);
    }
}

static const image_functions functions = {take_weights, forward_image, backward_image, give_updates};

void forward_skip_sum_layer(layer l, network net)
{
    skip_pass p = pass_of(&l, &net);
    forward_images(&functions, &p.k->work, &p);
}

void backward_skip_sum_layer(layer l, network net)
{
    skip_pass p = pass_of(&l, &net);
    backward_images(&functions, &p.k->work, &p);
    for (int i = 0; i < p.k->n; ++i) source_of(&p, i)->dg_given = 1;
}
