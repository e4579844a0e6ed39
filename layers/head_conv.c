/*
head_conv.c - the 1x1 convolutions of the head, CPU. See head_conv.h.
*/
#include "base/threads.h"
#include "gemm.h"
#include "layers/gated.h"
#include "layers/head_conv.h"
#include "layers/math/gate.h"

/* What is summed over parts. */
enum { DB, DW };

static slices work_in(layer l, int parts)
{
    slices w = {.parts = parts};
    add_sum(&w, l.n);
    add_sum(&w, l.nweights);
    return w;
}

/* Of a layer that is made: as many parts as its workspace was measured for, whatever the runtime would give now. */
static slices work_of(layer l)
{
    slices one = work_in(l, 1);
    return work_in(l, l.workspace_size / slices_bytes(&one));
}

void make_head_conv(layer *l)
{
    slices w = work_in(*l, max_threads());
    l->forward = forward_head_conv;
    l->backward = backward_head_conv;
    l->workspace_size = slices_bytes(&w);
}

/* One colour group of one image: its channels in and out, its pixels, and where it starts in each array. */
typedef struct {
    int in, out, plane;
    size_t x, y, w;
} colour_part;

static colour_part part_of(layer l, int b, int group)
{
    colour_part p = {.in = l.c / l.groups, .out = l.n / l.groups, .plane = l.out_h * l.out_w};
    p.x = (size_t)b * l.inputs + (size_t)group * p.in * p.plane;
    p.y = (size_t)b * l.outputs + (size_t)group * p.out * p.plane;
    p.w = (size_t)group * p.in * p.out;
    return p;
}

static void forward_image(layer l, network net, int b)
{
    float *y = l.output + (size_t)b * l.outputs;
    for (int g = 0; g < l.groups; ++g) {
        colour_part p = part_of(l, b, g);
        gemm(0, 0, p.out, p.plane, p.in, 1, l.weights + p.w, p.in, net.input + p.x, p.plane, 0, l.output + p.y,
             p.plane);
    }
    add_bias_planes(l.n, l.out_h * l.out_w, l.biases, y);
    activate_planes(y, l.outputs, l.activation);
}

static void forward_images(void *context, int part)
{
    const layer_pass *t = context;
    slices w = work_of(t->l);
    range r = range_of(t->l.batch, portion_of(&w, part));
    for (size_t b = r.from; b < r.end; ++b) forward_image(t->l, t->net, b);
}

void forward_head_conv(layer l, network net)
{
    run_parts(work_of(l).parts, (phase[]){forward_images, 0}, &(layer_pass){l, net});
}

static void backward_image(layer l, network net, int b, slice *s)
{
    float *delta = l.delta + (size_t)b * l.outputs;
    gradient_of_planes(l.output + (size_t)b * l.outputs, l.outputs, l.activation, delta);
    add_plane_sums(l.n, l.out_h * l.out_w, delta, s->sum[DB]);
    for (int g = 0; g < l.groups; ++g) {
        colour_part p = part_of(l, b, g);
        float *dy = l.delta + p.y;
        gemm(0, 1, p.out, p.in, p.plane, 1, dy, p.plane, net.input + p.x, p.plane, 1, s->sum[DW] + p.w, p.in);
        if (net.delta)
            gemm(1, 0, p.in, p.plane, p.out, 1, l.weights + p.w, p.in, dy, p.plane, 0, net.delta + p.x, p.plane);
    }
}

static void backward_images(void *context, int part)
{
    const layer_pass *t = context;
    slices w = work_of(t->l);
    slice s = open_slice(&w, t->net.workspace, part);
    range r = range_of(t->l.batch, portion_of(&w, part));
    for (size_t b = r.from; b < r.end; ++b) backward_image(t->l, t->net, b, &s);
}

static void sum_parts(void *context, int part)
{
    const layer_pass *t = context;
    slices w = work_of(t->l);
    sum_slices(&w, t->net.workspace, part);
}

void backward_head_conv(layer l, network net)
{
    slices w = work_of(l);
    run_parts(w.parts, (phase[]){backward_images, sum_parts, 0}, &(layer_pass){l, net});
    add_into(l.n, summed(&w, net.workspace, DB), l.bias_updates);
    add_into(l.nweights, summed(&w, net.workspace, DW), l.weight_updates);
}
