/*
pixel_softmax_layer_gpu.c - the loss of a Gated PixelCNN on the device. See pixel_softmax_layer.h.

The losses of the images, a few doubles, are pulled in each pass with truth; p stays on the device (pixelcnn/net/net_gpu.h).
*/
#include <string.h>
#include "base/calls_gpu.h"
#include "layers/layer_kind.h"
#include "layers/pixel_softmax_kernels.h"
#include "layers/pixel_softmax_layer.h"

static pixel_softmax *own(const layer *l) { return (pixel_softmax *)l->self_layer; }

static void make_pixel_softmax_gpu(layer *l)
{
    pixel_softmax *p = own(l);
    size_t parts = softmax_parts_gpu(l->batch, p->colours, p->levels, l->h * l->w);
    p->nll_gpu = bytes_gpu((l->batch + parts) * sizeof(double));
}

static void free_pixel_softmax_gpu(layer *l) { free_gpu(own(l)->nll_gpu); }

static void forward_pixel_softmax_layer_gpu(layer l, network net)
{
    pixel_softmax *s = own(&l);
    softmax_loss_gpu(&(softmax_gpu){.batch = l.batch,
                                    .colours = s->colours,
                                    .levels = s->levels,
                                    .pixels = l.h * l.w,
                                    .logits = net.input_gpu,
                                    .truth = net.truth ? net.truth_gpu : 0,
                                    .p = net.train ? 0 : l.output_gpu,
                                    .delta = net.train && net.truth ? l.delta_gpu : 0,
                                    .nll = s->nll_gpu});
    memset(s->nll, 0, l.batch * sizeof(double));
    if (net.truth) pull_bytes_gpu(s->nll_gpu, s->nll, l.batch * sizeof(double));
    double cost = 0;
    for (int b = 0; b < l.batch; ++b) cost += s->nll[b];
    l.cost[0] = cost;
}

/* The layer's delta is that of the layer before, which has no other reader (net_gpu.c): forward has written it. */
static void backward_pixel_softmax_layer_gpu(layer l, network net) { (void)l, (void)net; }

const layer_gpu pixel_softmax_gpu = {
    .make = make_pixel_softmax_gpu,
    .free = free_pixel_softmax_gpu,
    .forward = forward_pixel_softmax_layer_gpu,
    .backward = backward_pixel_softmax_layer_gpu,
};
