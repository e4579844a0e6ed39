/*
pixel_softmax_layer_gpu.c - the loss of a Gated PixelCNN on the device. See pixel_softmax_layer.h.

The losses of the images, a few doubles, stay on the device until somebody wants them, and p with them
(pixelcnn/net/net_gpu.h): a training step would wait for them.
*/
#include <string.h>
#include "layers/layer_kind.h"
#include "layers/pixel_softmax_kernels.h"
#include "layers/pixel_softmax_layer.h"

static pixel_softmax *own(const layer *l) { return (pixel_softmax *)l->self_layer; }

static softmax_gpu shape_of(const layer *l)
{
    return (softmax_gpu){.batch = l->batch,
                         .colours = own(l)->colours,
                         .levels = own(l)->levels,
                         .pixels = l->h * l->w,
                         .nll = own(l)->nll_gpu};
}

static void make_pixel_softmax_gpu(layer *l)
{
    softmax_gpu t = shape_of(l);
    own(l)->nll_gpu = bytes_gpu((size_t)l->batch * (1 + softmax_parts_gpu(&t)) * sizeof(double));
}

static void free_pixel_softmax_gpu(layer *l) { free_gpu(own(l)->nll_gpu); }

static image_losses losses_of(const layer *l)
{
    softmax_gpu t = shape_of(l);
    return (image_losses){t.nll, t.batch, softmax_parts_gpu(&t)};
}

image_losses take_losses_gpu(const network *net)
{
    const layer *l = net->layers + net->n - 1;
    image_losses none = {0};
    int pending = own(l)->pending;
    own(l)->pending = 0;
    return pending ? losses_of(l) : none;
}

void pull_softmax_losses_gpu(const network *net)
{
    layer l = net->layers[net->n - 1];
    image_losses t = losses_of(&l);
    double cost = 0, *nll = own(&l)->nll;
    own(&l)->pending = 0;
    sum_losses_gpu(t);
    pull_bytes_gpu(t.nll, nll, t.images * sizeof(double));
    for (int b = 0; b < t.images; ++b) cost += nll[b];
    l.cost[0] = cost;
}

static void forward_pixel_softmax_layer_gpu(layer l, network net)
{
    softmax_gpu t = shape_of(&l);
    t.logits = net.input_gpu;
    t.truth = net.truth ? net.truth_gpu : 0;
    t.p = net.train ? 0 : l.output_gpu;
    t.delta = net.train && net.truth ? l.delta_gpu : 0;
    softmax_loss_gpu(&t);
    own(&l)->pending = net.truth != 0;
    memset(own(&l)->nll, 0, l.batch * sizeof(double));
    l.cost[0] = 0;
}

/* The layer's delta is that of the layer before, which has no other reader (net_gpu.c): forward has written
   it. */
static void backward_pixel_softmax_layer_gpu(layer l, network net) { (void)l, (void)net; }

const layer_gpu pixel_softmax_gpu = {
    .make = make_pixel_softmax_gpu,
    .free = free_pixel_softmax_gpu,
    .forward = forward_pixel_softmax_layer_gpu,
    .backward = backward_pixel_softmax_layer_gpu,
};
