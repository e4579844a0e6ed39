/*
pixel_softmax_layer.c - the loss of a Gated PixelCNN, CPU. See pixel_softmax_layer.h.
*/
#include "base/threads.h"
#include "layers/math/gate.h"
#include "layers/pixel_softmax_layer.h"

static pixel_softmax *own(const layer *l) { return (pixel_softmax *)l->self_layer; }

pixel_softmax *loss_of(const network *net)
{
    layer last = net->layers[net->n - 1];
    return last.type == PIXEL_SOFTMAX ? own(&last) : 0;
}

int level_of_byte(int v, int levels) { return v * levels / 256; }

float input_of_level(int q, int levels) { return (float)q / (levels - 1); }

int byte_of_level(int q, int levels)
{
    int lowest = (256 * q + levels - 1) / levels, highest = (256 * (q + 1) + levels - 1) / levels - 1;
    int v = (2 * q * 255 + levels - 1) / (2 * (levels - 1));
    return v < lowest ? lowest : v > highest ? highest : v;
}

void free_pixel_softmax_layer(layer l)
{
    pixel_softmax *p = own(&l);
    free(p->nll);
    free_base(&p->base);
}

layer make_pixel_softmax_layer(layer_shape s, int levels)
{
    layer l = make_base_layer(PIXEL_SOFTMAX, s, s.colours * levels, s.colours * levels);
    l.truths = s.h * s.w * s.colours;
    l.cost = checked_calloc(1, sizeof(float));
    l.forward = forward_pixel_softmax_layer;
    l.backward = backward_pixel_softmax_layer;

    pixel_softmax *p = checked_calloc(1, sizeof *p);
    p->levels = levels;
    p->colours = s.colours;
    p->nll = checked_calloc(s.batch, sizeof(double));
    p->base.threads = max_threads();
    add_meaning(&p->base, "pixel_softmax levels=%d colours=%d", levels, s.colours);
    l.self_layer = (layer *)p;
    fprintf(stderr, "loss  %5d levels         %4d x%4d x%4d   ->  nats of %d values\n", levels, s.w, s.h, l.c,
            l.truths);
    return l;
}

/* delta (L,plane) = onehot(truth) - p. */
static void plane_delta(int levels, int plane, const float *p, const float *truth, float *delta)
{
    for (size_t i = 0; i < (size_t)levels * plane; ++i) delta[i] = -p[i];
    for (int i = 0; i < plane; ++i) delta[(size_t)truth[i] * plane + i] += 1;
}

static void forward_image(layer l, network net, int b)
{
    pixel_softmax *s = own(&l);
    int plane = l.h * l.w;
    s->nll[b] = 0;
    for (int c = 0; c < s->colours; ++c) {
        size_t at = (size_t)b * l.outputs + (size_t)c * s->levels * plane, flat = ((size_t)b * s->colours + c) * plane;
        const float *truth = net.truth ? net.truth + flat : 0;
        s->nll[b] += softmax_forward(s->levels, plane, net.input + at, truth, l.output + at);
        if (truth && net.train) plane_delta(s->levels, plane, l.output + at, truth, l.delta + at);
    }
}

static range images_of(const layer_pass *t, int part)
{
    return range_of(t->l.batch, (portion){part, own(&t->l)->base.threads});
}

static void forward_images(void *context, int part)
{
    const layer_pass *t = context;
    range r = images_of(t, part);
    for (size_t b = r.from; b < r.end; ++b) forward_image(t->l, t->net, b);
}

void forward_pixel_softmax_layer(layer l, network net)
{
    pixel_softmax *s = own(&l);
    run_parts(s->base.threads, (phase[]){forward_images, 0}, &(layer_pass){l, net});
    double cost = 0;
    for (int b = 0; b < l.batch; ++b) cost += s->nll[b];
    l.cost[0] = cost;
}

static void backward_images(void *context, int part)
{
    const layer_pass *t = context;
    layer l = t->l;
    range r = images_of(t, part);
    for (size_t b = r.from; b < r.end; ++b) add_into(l.outputs, l.delta + b * l.outputs, t->net.delta + b * l.outputs);
}

void backward_pixel_softmax_layer(layer l, network net)
{
    run_parts(own(&l)->base.threads, (phase[]){backward_images, 0}, &(layer_pass){l, net});
}
