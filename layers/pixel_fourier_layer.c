/*
pixel_fourier_layer.c - Fourier features of the image, CPU. See pixel_fourier_layer.h.
*/
#include "base/threads.h"
#include "layers/math/fourier_math.h"
#include "layers/pixel_fourier_layer.h"

static pixel_fourier *own(const layer *l) { return (pixel_fourier *)l->self_layer; }

void free_pixel_fourier_layer(layer l) { free_base(&own(&l)->base); }

layer make_pixel_fourier_layer(layer_shape s, int octaves)
{
    layer l = make_base_layer(PIXEL_FOURIER, s, s.colours, s.colours * fourier_width(octaves));
    l.forward = forward_pixel_fourier_layer;
    l.backward = backward_pixel_fourier_layer;

    pixel_fourier *p = checked_calloc(1, sizeof *p);
    p->octaves = octaves;
    p->base.threads = max_threads();
    add_meaning(&p->base, "pixel_fourier octaves=%d", octaves);
    l.self_layer = (layer *)p;
    fprintf(stderr, "four. %5d octaves        %4d x%4d x%4d   ->  %4d x%4d x%4d\n", octaves, s.w, s.h, l.c, s.w, s.h,
            l.out_c);
    return l;
}

/* Planes of all images. */
static void forward_planes(void *context, int part)
{
    const layer_pass *t = context;
    layer l = t->l;
    int n = own(&l)->octaves, width = fourier_width(n), plane = l.h * l.w;
    range r = range_of((size_t)l.batch * l.c, (portion){part, own(&l)->base.threads});
    for (size_t k = r.from; k < r.end; ++k)
        for (int i = 0; i < plane; ++i)
            fourier_features(t->net.input[k * plane + i], n, l.output + k * width * plane + i, plane);
}

/* What follows reads the features in place of the image. */
void forward_pixel_fourier_layer(layer l, network net)
{
    run_parts(own(&l)->base.threads, (phase[]){forward_planes, 0}, &(layer_pass){l, net});
    image_of(&net)->image = l.output;
    image_of(&net)->image_delta = net.delta ? l.delta : 0;
}

/* By one thread: a training never asks for it. */
void backward_pixel_fourier_layer(layer l, network net)
{
    int n = own(&l)->octaves, width = fourier_width(n), plane = l.h * l.w;
    if (!image_of(&net)->image_delta) return;
    for (int k = 0; k < l.batch * l.c; ++k)
        for (int i = 0; i < plane; ++i) {
            size_t at = (size_t)k * width * plane + i;
            net.delta[(size_t)k * plane + i] += fourier_gradient(l.output + at, l.delta + at, n, plane);
        }
}

int octaves_of(const network *net)
{
    for (int i = 0; i < net->n && i < 2; ++i)
        if (net->layers[i].type == PIXEL_FOURIER) return own(&net->layers[i])->octaves;
    return 0;
}
