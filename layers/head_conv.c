/*
head_conv.c - the 1x1 convolutions of the head, CPU. See head_conv.h.
*/
#include "gate.h"
#include "gemm.h"
#include "head_conv.h"
#include "threads.h"

/* What is summed over threads. */
enum { DB, DW };

static slices work_of(layer l)
{
    slices w = {.threads = max_threads()};
    add_sum(&w, l.n);
    add_sum(&w, l.nweights);
    return w;
}

void make_head_conv(layer *l)
{
    slices w = work_of(*l);
    l->forward = forward_head_conv;
    l->backward = backward_head_conv;
    l->workspace_size = slices_bytes(&w);
#ifdef GPU
    if (gpu_index >= 0) make_head_conv_gpu(l);
#endif
}

/* One colour group of one image: its channels in and out, its pixels, and where it starts in each array. */
typedef struct {
    int in, out, plane;
    size_t x, y, w;
} part;

static part part_of(layer l, int b, int group)
{
    part p = {.in = l.c / l.groups, .out = l.n / l.groups, .plane = l.out_h * l.out_w};
    p.x = (size_t)b * l.inputs + (size_t)group * p.in * p.plane;
    p.y = (size_t)b * l.outputs + (size_t)group * p.out * p.plane;
    p.w = (size_t)group * p.in * p.out;
    return p;
}

/* Image b of a layer's input. */
typedef struct {
    layer l;
    const float *input;
    int b;
} image_in;

static void forward_image(void *of)
{
    const image_in *x = of;
    layer l = x->l;
    float *y = l.output + (size_t)x->b * l.outputs;
    for (int g = 0; g < l.groups; ++g) {
        part p = part_of(l, x->b, g);
        gemm(0, 0, p.out, p.plane, p.in, 1, l.weights + p.w, p.in, (float *)x->input + p.x, p.plane, 0, l.output + p.y,
             p.plane);
    }
    add_bias_planes(l.n, l.out_h * l.out_w, l.biases, y);
    activate_planes(y, l.outputs, l.activation);
}

void forward_head_conv(layer l, network net)
{
    refusal failed = {0};
#pragma omp parallel for schedule(static) num_threads(max_threads())
    for (int b = 0; b < l.batch; ++b) in_team(forward_image, &(image_in){l, net.input, b}, &failed);
    team_end(&failed);
}

static void backward_image(layer l, network net, int b, slice *s)
{
    float *delta = l.delta + (size_t)b * l.outputs;
    gradient_of_planes(l.output + (size_t)b * l.outputs, l.outputs, l.activation, delta);
    add_plane_sums(l.n, l.out_h * l.out_w, delta, s->sum[DB]);
    for (int g = 0; g < l.groups; ++g) {
        part p = part_of(l, b, g);
        float *dy = l.delta + p.y;
        gemm(0, 1, p.out, p.in, p.plane, 1, dy, p.plane, net.input + p.x, p.plane, 1, s->sum[DW] + p.w, p.in);
        if (net.delta)
            gemm(1, 0, p.in, p.plane, p.out, 1, l.weights + p.w, p.in, dy, p.plane, 0, net.delta + p.x, p.plane);
    }
}

void backward_head_conv(layer l, network net)
{
    slices w = work_of(l);
#pragma omp parallel num_threads(w.threads)
    {
        slice s = open_slice(&w, net.workspace);
#pragma omp for schedule(static)
        for (int b = 0; b < l.batch; ++b) backward_image(l, net, b, &s);
        sum_slices(&w, net.workspace);
    }
    add_into(l.n, summed(&w, net.workspace, DB), l.bias_updates);
    add_into(l.nweights, summed(&w, net.workspace, DW), l.weight_updates);
}
