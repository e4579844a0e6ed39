#include "base/slices.h"
#include "base/verbose.h"
#include "layers/layer_pass.h"
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
    if (verbose)
        fprintf(stderr, "four. %5d octaves        %4d x%4d x%4d   ->  %4d x%4d x%4d\n", octaves, s.w, s.h, l.c, s.w,
                s.h, l.out_c);
    return l;
}

/* What a pass reads and writes. */
typedef struct {
    layer_io io;
    int octaves, colours, plane;
} fourier_pass;

static fourier_pass pass_of(const layer *l, const network *net)
{
    return (fourier_pass){io_of(l, net), own(l)->octaves, l->c, l->h * l->w};
}

/* ---- forward ----

     x (B,C,H,W)   y (B,C,1+2n,H,W)

     y = (x, sin(2^j pi x), 1 - cos(2^j pi x) for j = 1 .. n)

   OVERWRITES y. */
static void forward_image(const void *pass, int b, float *scratch)
{
    const fourier_pass *p = pass;
    size_t width = fourier_width(p->octaves), first = (size_t)b * p->colours;
    (void)scratch;
    for (size_t k = first; k < first + p->colours; ++k)
        for (int i = 0; i < p->plane; ++i)
            fourier_features(p->io.x[k * p->plane + i], p->octaves, p->io.y + k * width * p->plane + i, p->plane);
}

/* ---- backward ----

     dx += dy_0 + sum over j of 2^j pi (dy_sin cos(2^j pi x) + dy_cos sin(2^j pi x)), with sin and cos from y

   ADDS to dx. */
static void backward_image(const void *pass, int b, slice *s)
{
    const fourier_pass *p = pass;
    size_t width = fourier_width(p->octaves), first = (size_t)b * p->colours;
    (void)s;
    for (size_t k = first; k < first + p->colours; ++k)
        for (int i = 0; i < p->plane; ++i) {
            size_t at = k * width * p->plane + i;
            p->io.dx[k * p->plane + i] += fourier_gradient(p->io.y + at, p->io.dy + at, p->octaves, p->plane);
        }
}

static const image_functions functions = {0, forward_image, backward_image, 0};

/* The layers that read the image read the features instead. */
void forward_pixel_fourier_layer(layer l, network net)
{
    fourier_pass p = pass_of(&l, &net);
    forward_images(&functions, &(slices){.parts = own(&l)->base.threads}, &p);
    image_of(&net)->image = l.output;
    image_of(&net)->image_delta = net.delta ? l.delta : 0;
}

void backward_pixel_fourier_layer(layer l, network net)
{
    fourier_pass p = pass_of(&l, &net);
    if (image_of(&net)->image_delta) backward_images(&functions, &(slices){.parts = own(&l)->base.threads}, &p);
}

int octaves_of(const network *net)
{
    for (int i = 0; i < net->n && i < 2; ++i)
        if (net->layers[i].type == PIXEL_FOURIER) return own(&net->layers[i])->octaves;
    return 0;
}
