/*
head_conv.h - the 1x1 [convolutional] layers of the head, images divided among threads.

The layer, its arrays and its cfg section are Darknet's; only forward and backward on the CPU are ours,
because the stock ones use several threads only within a product, and sum in an order that depends on the
library. Here every sum has a fixed order: an output starts at the bias and adds w x in the order of the
input's channels, as in the sampler; an input's gradient adds in the order of the outputs; a weight's
gradient, for one image, in the order of the pixels. With colour, group k of the output sees group k of the
input.

shapes    input (B,Cin,H,W)   output y (B,F,H,W)
forward   y = activation(W x + b)
backward  dW, db              ADDS to weight_updates and bias_updates; the input's delta is OVERWRITTEN, as by stock layers
*/
#pragma once
#include "darknet.h"

extern const struct layer_kind head_conv_kind, head_activation_kind;
extern const struct layer_gpu head_conv_gpu;

/* Makes a stock convolutional layer (size 1, no batch normalisation) use the functions below. */
void make_head_conv(layer *l);
/* Floats of scratch that an image needs, for groups from `in` to `out` channels. */
size_t head_conv_scratch(int in, int out, int pixels);
void forward_head_conv(layer l, network net);
void backward_head_conv(layer l, network net);
