/*
gated_hstack_layer.h - horizontal stack of a Gated PixelCNN.

cfg       [gated_hstack] filters=F size=n dilation=d mask=a|b residual=0|1 from=layer vertical=layer
shapes    input x (B,Cin,H,W)   vertical a (B,2Fv,H,W)   output x' (B,F,H,W)   g (B,F,H,W), kept for the skip sum
forward   z  = W * x + W_l * shift_down(a) + b + V h
               W (2F,Cin,taps): columns c-d*(n/2) .. c (mask b), .. c-d (mask a; colour keeps column c, masked)
               W_l (2F,2Fv), the link: on a moved down by one row
          g  = tanh(z1) . sigmoid(z2)
          x' = W_r g + b_r (+ x where residual)
backward  dW, dW_l, dV, dW_r, db ...   ADDS to the updates, to the input's delta, to da of the vertical
          layer and to the label's; expects gradients of x' in l.delta and those of g, from skip sums, in dg, where
          dg_given
colour    with C colours the features fall into C groups in order. The current column of W lets group k see
          groups < k (mask a) or <= k (mask b); W_r lets it see groups <= k. Masked weights are zero, always.
source    van den Oord et al. 2016, section 2.2 and figure 2
*/
#pragma once
#include "base/slices.h"
#include "layers/gated.h"
#include "layers/label_embed_layer.h"
#include "layers/math/causal_conv.h"
#include "layers/math/conv_gpu.h"

#define GATED_HSTACK ((LAYER_TYPE)(BLANK + 3))
extern const struct layer_kind gated_hstack_kind;
extern const struct layer_gpu gated_hstack_gpu;

typedef struct gated_hstack {
    gated_base base;
    int from, vertical; // indices of the layers that it reads, from may be FROM_IMAGE
    int mask_a;
    int residual;
    int output_used;             // 0: nothing reads x', so it is not computed
    causal_conv conv, link, out; // W, W_l, W_r
    label_link label;
    slices work;
    float *z;                    // (B,H,W,2F) channels last, see channels_of
    float *g, *dg;               // (B,H,W,F) channels last
    int dg_given;                // 0: no reader has given its gradient in this pass, the first OVERWRITES dg
    float *bias, *bias_r;        // b and b_r as they lie in z and x'
    param *b, *w, *wl, *br, *wr; // in base.params

    /* On the device. */
    conv_gpu conv_gpu;
    float *z_gpu;          // (B,2F,plane) as conv_gpu leaves it; backward leaves its gradient in it
    float *g_gpu, *dg_gpu; // (B,g_width,H,W): g is F channels from g_at on
    int g_width, g_at;
    int g_is_shared; // they belong to a skip sum, with the g of other layers
} gated_hstack;

typedef struct {
    int from, cin;
    int vertical, vertical_filters;
    int filters, size, dilation, mask_a, residual;
} hstack_options;

layer make_gated_hstack_layer(layer_shape s, hstack_options o);
void forward_gated_hstack_layer(layer l, network net);
void backward_gated_hstack_layer(layer l, network net);
void free_gated_hstack_layer(layer l);

/* Image b's g, and its gradient as far as readers have added to it. */
features hstack_g(const gated_hstack *h, int b);
features hstack_dg(const gated_hstack *h, int b);

static inline gated_hstack *hstack_of(const layer *l) { return (gated_hstack *)l->self_layer; }

/* g, and its gradient as far as readers have added to it. */
planes_gpu hstack_g_gpu(const gated_hstack *h, int batch);
planes_gpu hstack_dg_gpu(const gated_hstack *h, int batch);
