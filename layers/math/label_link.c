#include <string.h>
#include "layers/math/label_link.h"

label_link make_label_link(int rows, int width, int spatial, int h, int w)
{
    label_link k = {.rows = rows, .width = width, .pixels = spatial ? h * w : 0};
    if (!width) return k;
    k.map = (causal_conv){
        .cin = width, .cout = rows, .h = spatial ? h : 1, .w = spatial ? w : 1, .kh = 1, .kw = 1, .d = 1};
    init_conv(&k.map, 0, 2);
    return k;
}

void free_label_link(label_link *k) { free_conv(&k->map); }

static int width_of_term(const label_link *k) { return layout_floats(channels_of(k->rows, 2)); }

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

/* Where image b's h, or dh, starts. */
static size_t image_at(const label_link *k, int b) { return (size_t)b * k->width * pixels_of(k); }

/* term = V h */
label_term label_forward(const label_link *k, label_vectors l, int b, float *scratch)
{
    int wide = width_of_term(k);
    if (!k->v) {
        memset(scratch, 0, wide * sizeof(float));
        return (label_term){.v = scratch};
    }
    features h = conv_open_input(&k->map, l.h + image_at(k, b), &scratch);
    features term = open_features(&scratch, k->map.h, k->map.w, wide, 0, 0);
    memset(term.x, 0, (size_t)pixels_of(k) * wide * sizeof(float));
    conv_forward(&k->map, h, 0, term);
    return (label_term){.v = term.x, .step = k->pixels ? wide : 0};
}

features label_gradient(const label_link *k, features dz, float *sums)
{
    return k->pixels ? dz : features_over(sums, 1, 1, width_of_term(k));
}

/* forward:  term = V h
   so        dv += d h^T, dh += V^T d */
void label_backward(const label_link *k, label_vectors l, int b, features d, float *dv, float *scratch)
{
    if (!k->v) return;
    features h = conv_open_input(&k->map, l.h + image_at(k, b), &scratch);
    conv_backward_weights(&k->map, h, d, dv);
    conv_backward_planes(&k->map, d, l.dh + image_at(k, b), scratch);
}

void label_give_gradient(const label_link *k, const float *dv, portion p)
{
    if (k->v) conv_give_gradient(&k->map, dv, 0, k->v->update, p);
}
