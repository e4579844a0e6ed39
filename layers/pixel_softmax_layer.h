/*
pixel_softmax_layer.h - the loss of a Gated PixelCNN: softmax over L levels for each of C*H*W values.

cfg       [pixel_softmax] levels=L      only as last layer
shapes    input, the logits (B,C*L,H,W) as [C][L][H][W]   output p, the same shape
truth     (B,C*H*W) level indices as floats
forward   p = softmax(logits); with truth: nll of each image in nats, cost = their sum
          in training l.delta = onehot(truth) - p, minus the gradient of the cost
backward  ADDS l.delta to the input's delta
source    van den Oord et al. 2016, section 2; Pixel RNN, van den Oord et al. 2016a, section 2.2
*/
#pragma once
#include "layers/gated.h"
#include "layers/pixel_softmax_kernels.h"

#define PIXEL_SOFTMAX ((LAYER_TYPE)(BLANK + 5))
extern const struct layer_kind pixel_softmax_kind;
extern const struct layer_gpu pixel_softmax_gpu;

typedef struct {
    gated_base base;
    int levels, colours;
    double *nll;     // (B) of the last pass that had truth
    double *nll_gpu; // on the device: see image_losses
    int pending;     // 1: the losses of the last pass have not been fetched yet
} pixel_softmax;

layer make_pixel_softmax_layer(layer_shape s, int levels);
void forward_pixel_softmax_layer(layer l, network net);
void backward_pixel_softmax_layer(layer l, network net);
void free_pixel_softmax_layer(layer l);

/* On a device: the losses of the last pass if they have not been fetched yet; otherwise nll is NULL. */
image_losses take_losses_gpu(const network *net);
/* Fetches the losses of the last pass, which had truth, to nll and cost. */
void pull_softmax_losses_gpu(const network *net);

/* The loss layer of a net, or NULL if it does not end in one. */
pixel_softmax *loss_of(const network *net);
