#include "base/slices.h"
#include "base/verbose.h"
#include "layers/layer_pass.h"
#include "layers/math/softmax.h"
#include "layers/math/vector_ops.h"
#include "layers/pixel_softmax_layer.h"

static pixel_softmax *own(const layer *l) { return (pixel_softmax *)l->self_layer; }

pixel_softmax *loss_of(const network *net)
{
    layer last = net->layers[net->n - 1];
    return last.type == PIXEL_SOFTMAX ? own(&last) : 0;
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
    if (verbose)
        fprintf(stderr, "loss  %5d levels         %4d x%4d x%4d   ->  nats of %d values\n", levels, s.w, s.h, l.c,
                l.truths);
    return l;
}

/* What a pass reads and writes. */
typedef struct {
    layer_io io;
    const pixel_softmax *s;
    int plane;          // pixels
    const float *truth; // (B,C,plane); NULL: only p is wanted
} softmax_pass;

static softmax_pass pass_of(const layer *l, const network *net)
{
    return (softmax_pass){io_of(l, net), own(l), l->h * l->w, net->truth};
}

/* Where colour c of image b starts in the truth; its logits and probabilities start `levels` times as far. */
static size_t plane_at(const softmax_pass *p, int b, int c) { return ((size_t)b * p->s->colours + c) * p->plane; }

/* ---- forward ----

     x, y and dy (B,C,L,H,W)   truth (B,C,H,W)

     y = softmax(x) over L     nll = -log y[truth], summed over an image's values     cost = nll of all images
     dy = onehot(truth) - y    in training: minus the gradient of the cost

   OVERWRITES y, dy, nll and cost. */

/* One plane of dy = onehot(truth) - y. */
static void plane_delta(int levels, int plane, const float *y, const float *truth, float *dy)
{
    for (size_t i = 0; i < (size_t)levels * plane; ++i) dy[i] = -y[i];
    for (int i = 0; i < plane; ++i) dy[(size_t)truth[i] * plane + i] += 1;
}

static void forward_image(const void *pass, int b, float *scratch)
{
    const softmax_pass *p = pass;
    int levels = p->s->levels;
    double nll = 0;
    (void)scratch;
    for (int c = 0; c < p->s->colours; ++c) {
        size_t at = plane_at(p, b, c) * levels;
        const float *truth = p->truth ? p->truth + plane_at(p, b, c) : 0;
        nll += softmax_forward(levels, p->plane, p->io.x + at, truth, p->io.y + at);
        if (truth && p->io.train) plane_delta(levels, p->plane, p->io.y + at, truth, p->io.dy + at);
    }
    p->s->nll[b] = nll;
}

/* ---- backward ----

     dx += dy, as forward left it: ADDS to dx. */
static void backward_image(const void *pass, int b, slice *s)
{
    const softmax_pass *p = pass;
    int n = p->s->colours * p->s->levels * p->plane;
    (void)s;
    add_into(n, p->io.dy + (size_t)b * n, p->io.dx + (size_t)b * n);
}

static const image_functions functions = {0, forward_image, backward_image, 0};

void forward_pixel_softmax_layer(layer l, network net)
{
    softmax_pass p = pass_of(&l, &net);
    forward_images(&functions, &(slices){.parts = p.s->base.threads}, &p);
    double cost = 0;
    for (int b = 0; b < l.batch; ++b) cost += p.s->nll[b];
    l.cost[0] = cost;
}

void backward_pixel_softmax_layer(layer l, network net)
{
    softmax_pass p = pass_of(&l, &net);
    backward_images(&functions, &(slices){.parts = p.s->base.threads}, &p);
}
