/*
label_embed_layer.c - the label of a conditional Gated PixelCNN, CPU. See label_embed_layer.h.
*/
#include <string.h>
#include "gate.h"
#include "gemm.h"
#include "label_embed_layer.h"
#include "random.h"

static label_embed *own(layer l) { return (label_embed *)l.self_layer; }

static void free_label_embed(layer l)
{
    label_embed *e = own(l);
    free(e->t);
    if (e->size) free(e->h);
    free(e->dh);
#ifdef GPU
    free_label_embed_gpu(e);
#endif
    free_base(&e->base);
}

layer make_label_embed_layer(stage s, label_options o)
{
    int pixels = s.h * s.w;
    layer l = make_base_layer(LABEL_EMBED, s, s.colours, s.colours);
    l.classes = o.classes;
    l.inputs += o.classes;
    l.forward = forward_label_embed_layer;
    l.backward = backward_label_embed_layer;

    label_embed *e = checked_calloc(1, sizeof *e);
    *e = (label_embed){
        .classes = o.classes, .size = o.size, .spatial = o.spatial, .attributes = o.attributes, .dropout = o.dropout};
    e->width = o.size ? o.size * (o.spatial ? pixels : 1) : o.classes;
    e->t = checked_calloc((size_t)s.batch * o.classes, sizeof(float));
    e->h = o.size ? checked_calloc((size_t)s.batch * e->width, sizeof(float)) : e->t;
    e->dh = checked_calloc((size_t)s.batch * e->width, sizeof(float));
    e->base.nparams = o.size > 0;
    e->base.params = checked_calloc(1, sizeof(param));
    e->base.threads = max_threads();
    e->base.free = free_label_embed;
    if (o.size) make_param(e->base.params, "E", (size_t)o.classes * e->width, 1, 0);
    add_meaning(&e->base, "label_embed classes=%d size=%d spatial=%d%s", o.classes, o.size, o.spatial,
                o.attributes ? " attributes=1" : "");
    l.self_layer = (layer *)e;
#ifdef GPU
    if (gpu_index >= 0) make_label_embed_gpu(&l);
#endif
    fprintf(stderr, "label %5d %-14s %4d x%4d x%4d   ->  %4d floats%s\n", o.classes,
            o.attributes ? "attributes" : "classes", s.w, s.h, s.colours, o.size ? o.size : o.classes,
            o.spatial ? " a pixel" : "");
    return l;
}

/* Dropped labels are chosen by the image's place in the stream of training images. */
static int is_dropped(const label_embed *e, uint64_t image)
{
    return random_unit(e->seed, STREAM_LABEL_DROPOUT, image, 0) < e->dropout;
}

void take_labels(layer l, network net)
{
    label_embed *e = own(l);
    for (int b = 0; b < l.batch; ++b) {
        const float *row = net.input + (size_t)b * l.inputs;
        memcpy(e->t + (size_t)b * e->classes, row + l.outputs, e->classes * sizeof(float));
        if (net.train && e->dropout > 0 && is_dropped(e, *net.seen - l.batch + b))
            memset(e->t + (size_t)b * e->classes, 0, e->classes * sizeof(float));
    }
}

void forward_label_embed_layer(layer l, network net)
{
    label_embed *e = own(l);
    take_labels(l, net);
    for (int b = 0; b < l.batch; ++b)
        memcpy(l.output + (size_t)b * l.outputs, net.input + (size_t)b * l.inputs, l.outputs * sizeof(float));
    if (e->size)
        gemm(0, 0, l.batch, e->width, e->classes, 1, e->t, e->classes, e->base.params[0].value, e->width, 0, e->h,
             e->width);
    memset(e->dh, 0, (size_t)l.batch * e->width * sizeof(float));
    e->base.image = l.output;
    e->base.image_delta = net.delta ? l.delta : 0;
}

void backward_label_embed_layer(layer l, network net)
{
    label_embed *e = own(l);
    if (e->size)
        gemm(1, 0, e->classes, e->width, l.batch, 1, e->t, e->classes, e->dh, e->width, 1, e->base.params[0].update,
             e->width);
    if (!net.delta) return;
    for (int b = 0; b < l.batch; ++b) {
        float *row = net.delta + (size_t)b * l.inputs;
        add_into(l.outputs, l.delta + (size_t)b * l.outputs, row);
    }
    float *dt = net.delta + l.outputs;
    if (e->size)
        gemm(0, 1, l.batch, e->classes, e->width, 1, e->dh, e->width, e->base.params[0].value, e->width, 1, dt,
             l.inputs);
    else
        for (int b = 0; b < l.batch; ++b)
            add_into(e->classes, e->dh + (size_t)b * e->classes, dt + (size_t)b * l.inputs);
}

/* ---- what a gated layer does with the label ---- */

label_embed *label_of(network net) { return net.layers[0].type == LABEL_EMBED ? own(net.layers[0]) : 0; }

static spread spread_of_term(const label_link *k) { return channels_of(k->rows, 2); }

/* One half of 2F channels, to be turned into planes and back. */
static features half_of(features f, const label_link *k, int half)
{
    f.x += half * spread_of_term(k).pad;
    return f;
}

size_t label_scratch(const label_link *k)
{
    int wide = spread_floats(spread_of_term(k));
    return (size_t)wide * (k->pixels ? k->pixels : 1) + (size_t)k->rows * k->pixels;
}

void label_forward(const label_link *k, network net, int batch)
{
    if (!k->v || k->pixels) return;
    label_embed *e = label_of(net);
    gemm(0, 1, batch, k->rows, k->width, 1, e->h, k->width, k->v->value, k->width, 0, k->term, k->rows);
}

label_term label_term_of(const label_link *k, network net, int b, float *scratch)
{
    spread s = spread_of_term(k);
    int wide = spread_floats(s), f = k->rows / 2;
    if (!k->v) memset(scratch, 0, wide * sizeof(float));
    if (k->v && !k->pixels) spread_out(s, k->term + (size_t)b * k->rows, scratch);
    if (!k->pixels) return (label_term){.v = scratch};
    float *h = label_of(net)->h + (size_t)b * k->width * k->pixels, *planes = scratch + (size_t)wide * k->pixels;
    gemm(0, 0, k->rows, k->pixels, k->width, 1, k->v->value, k->width, h, k->pixels, 0, planes, k->pixels);
    memset(scratch, 0, (size_t)wide * k->pixels * sizeof(float));
    features term = features_over(scratch, 1, k->pixels, wide);
    for (int half = 0; half < 2; ++half)
        planes_to_features(planes + (size_t)half * f * k->pixels, f, half_of(term, k, half));
    return (label_term){.v = scratch, .step = wide};
}

void label_backward_image(const label_link *k, network net, int b, features dz, const float *sums, float *dv,
                          float *scratch)
{
    if (!k->v) return;
    if (!k->pixels) {
        memset(k->term + (size_t)b * k->rows, 0, k->rows * sizeof(float));
        add_spread(spread_of_term(k), sums, k->term + (size_t)b * k->rows);
        return;
    }
    label_embed *e = label_of(net);
    size_t at = (size_t)b * k->width * k->pixels;
    int f = k->rows / 2;
    for (int half = 0; half < 2; ++half)
        features_to_planes(half_of(dz, k, half), f, scratch + (size_t)half * f * k->pixels, 0);
    gemm(0, 1, k->rows, k->width, k->pixels, 1, scratch, k->pixels, e->h + at, k->pixels, 1, dv, k->width);
    gemm(1, 0, k->width, k->pixels, k->rows, 1, k->v->value, k->width, scratch, k->pixels, 1, e->dh + at, k->pixels);
}

void label_backward(const label_link *k, network net, int batch)
{
    if (!k->v || k->pixels) return;
    label_embed *e = label_of(net);
    gemm(1, 0, k->rows, k->width, batch, 1, k->term, k->rows, e->h, k->width, 1, k->v->update, k->width);
    gemm(0, 0, batch, k->width, k->rows, 1, k->term, k->rows, k->v->value, k->width, 1, e->dh, k->width);
}
