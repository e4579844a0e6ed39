/*
label_embed_layer_gpu.c - the label of a conditional Gated PixelCNN on the device. See label_embed_layer.h.

Labels are dropped on the host, by the counters of the CPU twin; t is small.
*/
#include "base/calls_gpu.h"
#include "layers/label_embed_layer.h"
#include "layers/layer_kind.h"
#include "layers/math/ordered_kernels.h"
#include "layers/math/plane_kernels.h"

static label_embed *own(const layer *l) { return (label_embed *)l->self_layer; }

static void make_label_embed_gpu(layer *l)
{
    label_embed *e = own(l);
    e->t_gpu = floats_gpu((size_t)l->batch * e->classes);
    e->h_gpu = e->size ? floats_gpu((size_t)l->batch * e->width) : e->t_gpu;
    e->dh_gpu = floats_gpu((size_t)l->batch * e->width);
}

static void free_label_embed_gpu(layer *l)
{
    label_embed *e = own(l);
    free_gpu(e->t_gpu);
    if (e->size) free_gpu(e->h_gpu);
    free_gpu(e->dh_gpu);
}

static void forward_label_embed_layer_gpu(layer l, network net)
{
    label_embed *e = own(&l);
    take_labels(l, net);
    push_gpu(e->t_gpu, e->t, (size_t)l.batch * e->classes);
    copy_rows_gpu(l.batch, l.outputs, net.input_gpu, l.inputs, 0, l.output_gpu, l.outputs);
    if (e->size) // h = t E
        multiply_in_order_gpu(&(gemm_batch){.m = l.batch,
                                            .n = e->width,
                                            .k = e->classes,
                                            .a = e->t_gpu,
                                            .lda = e->classes,
                                            .b = e->base.params[0].value_gpu,
                                            .ldb = e->width,
                                            .c = e->h_gpu,
                                            .ldc = e->width,
                                            .batch = 1});
    zero_gpu(e->dh_gpu, (size_t)l.batch * e->width);
    e->base.image_gpu = l.output_gpu;
    e->base.image_delta_gpu = net.delta_gpu ? l.delta_gpu : 0;
}

/* The gradient of the input rows: of their pixels and of t. */
static void give_rows(layer l, network net)
{
    label_embed *e = own(&l);
    float *dt = net.delta_gpu + l.outputs;
    copy_rows_gpu(l.batch, l.outputs, l.delta_gpu, l.outputs, 1, net.delta_gpu, l.inputs);
    if (!e->size)
        copy_rows_gpu(l.batch, e->classes, e->dh_gpu, e->classes, 1, dt, l.inputs);
    else // dt += dh E^T
        multiply_in_order_gpu(&(gemm_batch){.tb = 1,
                                            .m = l.batch,
                                            .n = e->classes,
                                            .k = e->width,
                                            .a = e->dh_gpu,
                                            .lda = e->width,
                                            .b = e->base.params[0].value_gpu,
                                            .ldb = e->width,
                                            .beta = 1,
                                            .c = dt,
                                            .ldc = l.inputs,
                                            .batch = 1});
}

static void backward_label_embed_layer_gpu(layer l, network net)
{
    label_embed *e = own(&l);
    if (e->size) // dE += t^T dh
        multiply_in_order_gpu(&(gemm_batch){.ta = 1,
                                            .m = e->classes,
                                            .n = e->width,
                                            .k = l.batch,
                                            .a = e->t_gpu,
                                            .lda = e->classes,
                                            .b = e->dh_gpu,
                                            .ldb = e->width,
                                            .beta = 1,
                                            .c = e->base.params[0].update_gpu,
                                            .ldc = e->width,
                                            .batch = 1});
    if (net.delta_gpu) give_rows(l, net);
}

/* ---- what a gated layer does with the label ---- */

/* h as features of D channels where it is spatial, and V as a 1x1 map of them. */
static planes_gpu spatial_h(const label_link *k, float *h) { return planes_over_gpu(h, k->width, k->pixels); }
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

const float *label_forward_gpu(const label_link *k, network net, int batch, float **workspace)
{
    if (!k->v) return 0;
    label_embed *e = label_of(&net);
    if (k->pixels) {
        float *term = take_gpu(workspace, term_floats(k, batch));
        pointwise p = map_of(k, batch);
        pointwise_forward_gpu(&p, k->v->value_gpu, spatial_h(k, e->h_gpu), 0,
                              planes_over_gpu(term, k->rows, k->pixels));
        return term;
    }
    multiply_in_order_gpu(&(gemm_batch){.tb = 1, // h V^T
                                        .m = batch,
                                        .n = k->rows,
                                        .k = k->width,
                                        .a = e->h_gpu,
                                        .lda = k->width,
                                        .b = k->v->value_gpu,
                                        .ldb = k->width,
                                        .c = k->term_gpu,
                                        .ldc = k->rows,
                                        .batch = 1});
    return k->term_gpu;
}

static void vector_backward(const label_link *k, label_embed *e, int batch, const float *sums)
{
    multiply_in_order_gpu(&(gemm_batch){.ta = 1, // dV += sums^T h
                                        .m = k->rows,
                                        .n = k->width,
                                        .k = batch,
                                        .a = sums,
                                        .lda = k->rows,
                                        .b = e->h_gpu,
                                        .ldb = k->width,
                                        .beta = 1,
                                        .c = k->v->update_gpu,
                                        .ldc = k->width,
                                        .batch = 1});
    multiply_in_order_gpu(&(gemm_batch){.m = batch, // dh += sums V
                                        .n = k->width,
                                        .k = k->rows,
                                        .a = sums,
                                        .lda = k->rows,
                                        .b = k->v->value_gpu,
                                        .ldb = k->width,
                                        .beta = 1,
                                        .c = e->dh_gpu,
                                        .ldc = k->width,
                                        .batch = 1});
}

void label_backward_gpu(const label_link *k, network net, int batch, planes_gpu dz, const float *sums, float *workspace)
{
    if (!k->v) return;
    label_embed *e = label_of(&net);
    if (!k->pixels) {
        vector_backward(k, e, batch, sums);
        return;
    }
    pointwise p = map_of(k, batch);
    pointwise_backward_weights_gpu(&p, spatial_h(k, e->h_gpu), dz, 0, k->v->update_gpu, workspace);
    pointwise_backward_data_gpu(&p, k->v->value_gpu, dz, 1, spatial_h(k, e->dh_gpu));
}

const layer_gpu label_embed_gpu = {
    .make = make_label_embed_gpu,
    .free = free_label_embed_gpu,
    .forward = forward_label_embed_layer_gpu,
    .backward = backward_label_embed_layer_gpu,
};
