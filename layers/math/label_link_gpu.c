#include "base/calls_gpu.h"
#include "layers/math/label_link.h"

/* Where spatial: h as features of D channels, which lie as the label in the net's input, and V as a 1x1 map of
   them. */
static planes_gpu planes_of_h(const label_link *k, const float *h) { return images_over_gpu(h, k->width, k->pixels); }

static pointwise map_of(const label_link *k, int batch) { return (pointwise){batch, k->width, k->rows, k->pixels}; }

static size_t term_floats(const label_link *k, int batch) { return aligned_gpu((size_t)batch * k->rows * k->pixels); }

void make_label_link_gpu(label_link *k, int batch)
{
    if (k->v && !k->pixels) k->term_gpu = floats_gpu((size_t)batch * k->rows);
}

size_t label_workspace_gpu(const label_link *k, int batch)
{
    if (!k->v || !k->pixels) return 0;
    pointwise p = map_of(k, batch);
    return term_floats(k, batch) + pointwise_workspace_gpu(&p);
}

/* term = V h */
const float *label_forward_gpu(const label_link *k, label_vectors l, int batch, float **workspace)
{
    if (!k->v || !k->pixels) return k->term_gpu;
    float *term = take_gpu(workspace, term_floats(k, batch));
    pointwise p = map_of(k, batch);
    pointwise_forward_gpu(&p, k->v->value_gpu, planes_of_h(k, l.h), 0,
                          planes_over_gpu(term, batch, k->rows, k->pixels));
    return term;
}

/* forward:  term = V h
   so        dV += dz h^T, dh += V^T dz */
void label_backward_gpu(const label_link *k, label_vectors l, int batch, float *dz, float *workspace)
{
    if (!k->v || !k->pixels) return;
    planes_gpu d = planes_over_gpu(dz, batch, k->rows, k->pixels);
    pointwise p = map_of(k, batch);
    pointwise_backward_weights_gpu(&p, planes_of_h(k, l.h), d, k->v, workspace);
    pointwise_backward_data_gpu(&p, k->v->value_gpu, d, 1, planes_of_h(k, l.dh));
}
