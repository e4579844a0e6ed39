/*
label_embed_layer.c - the label of a conditional Gated PixelCNN, CPU. See label_embed_layer.h.
*/
#include <string.h>
#include "base/random.h"
#include "layers/label_embed_layer.h"
#include "layers/math/gate.h"

static label_embed *own(const layer *l) { return (label_embed *)l->self_layer; }

void free_label_embed_layer(layer l)
{
    label_embed *e = own(&l);
    free(e->t);
    if (e->size) free(e->h);
    free(e->dh);
    free_base(&e->base);
}

layer make_label_embed_layer(layer_shape s, label_options o)
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
    if (o.size) make_param(e->base.params, "E", (size_t)o.classes * e->width, 1, 0);
    add_meaning(&e->base, "label_embed classes=%d size=%d spatial=%d%s", o.classes, o.size, o.spatial,
                o.attributes ? " attributes=1" : "");
    l.self_layer = (layer *)e;
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
    label_embed *e = own(&l);
    for (int b = 0; b < l.batch; ++b) {
        const float *row = net.input + (size_t)b * l.inputs;
        memcpy(e->t + (size_t)b * e->classes, row + l.outputs, e->classes * sizeof(float));
        if (net.train && e->dropout > 0 && is_dropped(e, *net.seen - l.batch + b))
            memset(e->t + (size_t)b * e->classes, 0, e->classes * sizeof(float));
    }
}

/* h = t E, image by image: sums in the order of the classes. */
static void embed(label_embed *e, int batch)
{
    memset(e->h, 0, (size_t)batch * e->width * sizeof(float));
    for (int b = 0; b < batch; ++b)
        for (int k = 0; k < e->classes; ++k) {
            float t = e->t[(size_t)b * e->classes + k];
            if (t != 0)
                add_times(e->width, t, e->base.params[0].value + (size_t)k * e->width, e->h + (size_t)b * e->width);
        }
}

/* dE += t^T dh. */
static void embed_backward(label_embed *e, int batch)
{
    for (int b = 0; b < batch; ++b)
        for (int k = 0; k < e->classes; ++k) {
            float t = e->t[(size_t)b * e->classes + k];
            if (t != 0)
                add_times(e->width, t, e->dh + (size_t)b * e->width, e->base.params[0].update + (size_t)k * e->width);
        }
}

/* dt += dh E^T, for image b. */
static void give_label(const label_embed *e, int b, float *dt)
{
    const float *dh = e->dh + (size_t)b * e->width;
    if (!e->size) add_into(e->classes, dh, dt);
    for (int k = 0; e->size && k < e->classes; ++k)
        dt[k] += dot(e->width, dh, e->base.params[0].value + (size_t)k * e->width);
}

void forward_label_embed_layer(layer l, network net)
{
    label_embed *e = own(&l);
    take_labels(l, net);
    for (int b = 0; b < l.batch; ++b)
        memcpy(l.output + (size_t)b * l.outputs, net.input + (size_t)b * l.inputs, l.outputs * sizeof(float));
    if (e->size) embed(e, l.batch);
    memset(e->dh, 0, (size_t)l.batch * e->width * sizeof(float));
    e->base.image = l.output;
    e->base.image_delta = net.delta ? l.delta : 0;
}

void backward_label_embed_layer(layer l, network net)
{
    label_embed *e = own(&l);
    if (e->size) embed_backward(e, l.batch);
    for (int b = 0; net.delta && b < l.batch; ++b) {
        float *row = net.delta + (size_t)b * l.inputs;
        add_into(l.outputs, l.delta + (size_t)b * l.outputs, row);
        give_label(e, b, row + l.outputs);
    }
}

/* ---- what a gated layer does with the label ---- */

label_embed *label_of(const network *net) { return net->layers->type == LABEL_EMBED ? own(net->layers) : 0; }

label_link make_label_link(layer_shape s, int rows)
{
    label_link k = {.rows = rows, .width = s.label, .pixels = s.spatial ? s.h * s.w : 0};
    if (!s.label) return k;
    k.map = (causal_conv){
        .cin = s.label, .cout = rows, .h = s.spatial ? s.h : 1, .w = s.spatial ? s.w : 1, .kh = 1, .kw = 1, .d = 1};
    init_conv(&k.map, 0, 2);
    return k;
}

void free_label_link(label_link *k) { free_conv(&k->map); }

static int width_of_term(const label_link *k) { return spread_floats(channels_of(k->rows, 2)); }

static int pixels_of(const label_link *k) { return k->pixels ? k->pixels : 1; }

/* h, then its gradient or the term. */
size_t label_scratch(const label_link *k)
{
    int most = width_of_term(k) > k->map.backward.rows ? width_of_term(k) : k->map.backward.rows;
    return (size_t)pixels_of(k) * (padded(k->width, PANEL_LANES) + padded(most, PANEL_LANES));
}

void label_take_weights(label_link *k, int backward, portion p)
{
    if (k->v) conv_take_weights(&k->map, k->v->value, backward, p);
}

/* Image b's h, or dh, as planes. */
static float *planes_of(const label_link *k, float *h, int b) { return h + (size_t)b * k->width * pixels_of(k); }

static features open_h(const label_link *k, network net, int b, float **scratch)
{
    features h = open_features(scratch, k->map.h, k->map.w, k->width, 0, 0);
    planes_to_features(planes_of(k, label_of(&net)->h, b), k->width, h);
    return h;
}

label_term label_term_of(const label_link *k, network net, int b, float *scratch)
{
    int wide = width_of_term(k);
    if (!k->v) {
        memset(scratch, 0, wide * sizeof(float));
        return (label_term){.v = scratch};
    }
    features h = open_h(k, net, b, &scratch), term = open_features(&scratch, k->map.h, k->map.w, wide, 0, 0);
    memset(term.x, 0, (size_t)pixels_of(k) * wide * sizeof(float));
    conv_forward(&k->map, h, 0, term);
    return (label_term){.v = term.x, .step = k->pixels ? wide : 0};
}

void label_backward_image(const label_link *k, network net, int b, features dz, float *sums, float *dv, float *scratch)
{
    if (!k->v) return;
    features h = open_h(k, net, b, &scratch), d = k->pixels ? dz : features_over(sums, 1, 1, width_of_term(k));
    features dh = open_features(&scratch, k->map.h, k->map.w, k->map.backward.rows, 0, 0);
    conv_backward_weights(&k->map, h, d, dv);
    conv_backward_data(&k->map, d, 0, dh);
    features_to_planes(dh, k->width, planes_of(k, label_of(&net)->dh, b), 1);
}

void label_give_gradient(const label_link *k, const float *dv, portion p)
{
    if (k->v) conv_give_gradient(&k->map, dv, 0, k->v->update, p);
}
