/*
head_conv_gpu.c - the 1x1 convolutions of the head on the device. See head_conv.h.

Darknet's go through the batch image by image, or offer no choice of arithmetic (-tf32, -deterministic); the arrays are
Darknet's.
*/
#include "base/calls_gpu.h"
#include "layers/head_conv.h"
#include "layers/layer_kind.h"
#include "layers/math/blas_gpu.h"
#include "layers/math/plane_kernels.h"

/* One colour group as a map, and the offset of its weights. */
typedef struct {
    pointwise map;
    planes_gpu x, y;
    size_t w;
} part;

static part part_of(layer l, int group, float *x, float *y)
{
    size_t plane = (size_t)l.out_h * l.out_w;
    int in = l.c / l.groups, out = l.n / l.groups;
    part p = {.map = {l.batch, in, out, plane}, .w = (size_t)group * in * out};
    p.x = planes_over_gpu(x + group * in * plane, l.c, plane);
    p.y = planes_over_gpu(y + group * out * plane, l.n, plane);
    return p;
}

static void make_head_conv_gpu(layer *l)
{
    part p = part_of(*l, 0, 0, 0);
    l->workspace_size = (aligned_gpu(l->batch * l->n) + pointwise_workspace_gpu(&p.map)) * sizeof(float);
}

static void forward_head_conv_gpu(layer l, network net)
{
    for (int g = 0; g < l.groups; ++g) {
        part p = part_of(l, g, net.input_gpu, l.output_gpu);
        pointwise_forward_gpu(&p.map, l.weights_gpu + p.w, p.x, 0, p.y);
    }
    activate_bias_gpu(l.batch, l.n, l.out_h * l.out_w, l.biases_gpu, l.activation, l.output_gpu);
}

static void backward_head_conv_gpu(layer l, network net)
{
    float *workspace = net.workspace, *sums = take_gpu(&workspace, l.batch * l.n);
    gradient_bias_gpu(l.batch, l.n, l.out_h * l.out_w, l.output_gpu, l.activation, l.delta_gpu, sums);
    add_batch_gpu(l.batch, l.n, sums, l.bias_updates_gpu);
    for (int g = 0; g < l.groups; ++g) {
        part p = part_of(l, g, net.input_gpu, l.delta_gpu);
        pointwise_backward_weights_gpu(&p.map, p.x, p.y, 0, l.weight_updates_gpu + p.w, workspace);
        if (!net.delta_gpu) continue;
        part d = part_of(l, g, net.delta_gpu, l.delta_gpu);
        pointwise_backward_data_gpu(&d.map, l.weights_gpu + d.w, d.y, 0, d.x);
    }
}

const layer_gpu head_conv_gpu = {
    .make = make_head_conv_gpu,
    .forward = forward_head_conv_gpu,
    .backward = backward_head_conv_gpu,
};
