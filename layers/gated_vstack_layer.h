/*
gated_vstack_layer.h - vertical stack of a Gated PixelCNN.

cfg       [gated_vstack] filters=F size=n dilation=d factored=0|1 from=layer
shapes    input v (B,Cin,H,W)   output v' (B,F,H,W)   a (B,H,W,2F), kept for the horizontal stack
forward   a  = W * v + b               W (2F,Cin,n/2+1,n): rows r-d*(n/2) .. r, columns centred
          factored: u = W_1 * v + b_1  W_1 (F,Cin,n), columns;  a = W_2 * u + b, W_2 (2F,F,n/2+1), rows
          v' = tanh(a1 + (V h)1) . sigmoid(a2 + (V h)2)
backward  dW, dV, db ...               ADDS to the updates, to the input's delta and to the label's
          expects gradients of v' in l.delta and those of a, from the horizontal layers, in da, where da_given
source    van den Oord et al. 2016, section 2.2 and figure 2; factored: Reed et al. 2017

Row r of a vertical feature has seen rows <= r, row r itself on both sides: no mask here. The horizontal
stack reads `a` one row further up (gated_hstack_layer.h), and that shift is the only one.
*/
#pragma once
#include "base/slices.h"
#include "layers/gated.h"
#include "layers/label_embed_layer.h"
#include "layers/math/causal_conv.h"
#include "layers/math/conv_gpu.h"

#define GATED_VSTACK ((LAYER_TYPE)(BLANK + 2))
extern const struct layer_kind gated_vstack_kind;
extern const struct layer_gpu gated_vstack_gpu;

typedef struct {
    gated_base base;
    int from;        // index of the layer that is the input, or FROM_IMAGE
    int output_used; // 0: nothing reads v', so it is not computed
    int factored;
    causal_conv first, conv; // W_1 (factored only), W or W_2
    label_link label;
    slices work;
    float *a, *da;          // (B,H,W,2F) channels last, see channels_of; da: what horizontal layers add
    int da_given;           // 0: nothing yet in this pass, the first OVERWRITES it
    float *u;               // (B,H,W,F) channels last, factored only
    float *bias, *bias1;    // b and b_1 as they lie in a and u
    param *b, *b1, *w1, *w; // in base.params

    /* On the device. */
    conv_gpu conv_gpu, first_gpu;
    float *a_gpu, *da_gpu; // (B,2F,plane) as conv_gpu leaves them: the image's H*W come first in each plane
    float *u_gpu;          // (B,F,H,W), factored only; all as planes_gpu.h says
} gated_vstack;

typedef struct {
    int from, cin;
    int filters, size, dilation, factored;
} vstack_options;

layer make_gated_vstack_layer(layer_shape s, vstack_options o);
void forward_gated_vstack_layer(layer l, network net);
void backward_gated_vstack_layer(layer l, network net);
void free_gated_vstack_layer(layer l);

static inline gated_vstack *vstack_of(const layer *l) { return (gated_vstack *)l->self_layer; }

/* Image b's a, and its gradient as far as horizontal layers have added to it. */
features vstack_a(const gated_vstack *v, int b);
features vstack_da(const gated_vstack *v, int b);

/* On the device, of a batch. */
planes_gpu vstack_a_gpu(const gated_vstack *v, int batch);
planes_gpu vstack_da_gpu(const gated_vstack *v, int batch);
