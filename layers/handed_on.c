#include <string.h>
#include "layers/handed_on.h"

void hand_on_features(layer *l, int readers, int left, int right)
{
    handed_on *t = &base_of(l)->handed;
    features shape = {.h = l->out_h, .w = l->out_w, .pixel = padded(l->out_c, PANEL_LANES)};
    free(l->output);
    free(l->delta);
    l->output = l->delta = 0;
    if (!readers) return;
    t->y = make_feature_batch(l->batch, shape, left > right ? left : right);
    t->dy = make_feature_batch(l->batch, shape, 0);
}

size_t handed_on_floats(const layer *l)
{
    const handed_on *t = &base_of(l)->handed;
    return t->y.memory ? l->out_h * (t->y.first.row + t->dy.first.row) : 0;
}

void copy_output(const layer *l, int b, float *planes)
{
    const feature_batch *y = &base_of(l)->handed.y;
    if (l->output)
        memcpy(planes, l->output + (size_t)b * l->outputs, l->outputs * sizeof(float));
    else if (y->memory)
        features_to_planes(batch_image(y, b), l->out_c, planes, 0);
    else
        memset(planes, 0, l->outputs * sizeof(float));
}

/* Floats of an image in planes of c channels. */
static size_t planes_of(const causal_conv *k, int c) { return (size_t)c * k->h * k->w; }

/* ---- the layer that is read ---- */

features given_gradient(const handed_on *t, int b)
{
    features dy = batch_image(&t->dy, b);
    if (!t->dy_given) memset(dy.x, 0, dy.h * dy.row * sizeof(float)); // no reader has run
    return dy;
}

features open_output(const layer_io *io, const causal_conv *k, int b, float **scratch)
{
    if (!io->y) return batch_image(&io->handed->y, b);
    return open_features(scratch, k->h, k->w, layout_floats(k->out), 0, 0);
}

features open_output_gradient(const layer_io *io, const causal_conv *k, int b, float **scratch)
{
    if (!io->dy) return given_gradient(io->handed, b);
    features dy = open_features(scratch, k->h, k->w, layout_floats(k->out), 0, 0);
    if (k->cout < (int)dy.pixel) memset(dy.x, 0, dy.h * dy.row * sizeof(float)); // the padding
    planes_to_features(io->dy + b * planes_of(k, k->cout), k->cout, dy);
    return dy;
}

/* ---- the layer that reads ---- */

features open_source(const layer_io *io, const causal_conv *k, int b, float **scratch)
{
    if (io->source) return batch_image(&io->source->y, b);
    return conv_open_input(k, io->x + b * planes_of(k, k->cin), scratch);
}

void give_source_gradient(const layer_io *io, const causal_conv *k, int b, features dz, features also, float *scratch)
{
    if (!io->source) {
        if (io->dx) conv_backward_planes(k, dz, io->dx + b * planes_of(k, k->cin), scratch);
        return;
    }
    int given = io->source->dy_given;
    features dx = batch_image(&io->source->dy, b);
    features d = given ? open_features(&scratch, k->h, k->w, k->backward.rows, 0, 0) : dx;
    if (given && also.x) add_features(also, dx);
    conv_backward_data(k, dz, 0, d);
    if (given) add_features(d, dx);
    if (!given && also.x) add_features(also, dx);
}

void mark_source_given(const layer_io *io)
{
    if (io->source) io->source->dy_given = 1;
}
