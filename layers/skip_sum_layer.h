/*
skip_sum_layer.h - sum of the horizontal gates' outputs, each with its own 1x1 weights.

cfg       [skip_sum] filters=S layers=i,j,... activation=linear      default: every gated_hstack before it
shapes    g_i (B,F_i,H,W) of each source   output y (B,S,H,W)
forward   y = activation(sum_i W_s,i g_i + b)       W_s,i (S,F_i)
backward  dW_s,i, db                                ADDS to the updates and to dg of each source
colour    group k of y sees groups <= k of each source; masked weights are zero, always
source    van den Oord et al. 2016, section 2.2; skip connections as in WaveNet, van den Oord et al. 2016b
*/
#pragma once
#include "base/slices.h"
#include "layers/gated.h"
#include "layers/math/causal_conv.h"
#include "layers/skip_sum_kernels.h"

#define SKIP_SUM ((LAYER_TYPE)(BLANK + 4))
extern const struct layer_kind skip_sum_kind;
extern const struct layer_gpu skip_sum_gpu;

typedef struct {
    gated_base base;
    int n;             // sources
    int *from;         // their indices
    causal_conv *conv; // W_s,i
    size_t *dw;        // where the gradient of W_s,i starts in the sum over threads of all of them
    slices work;
    float *bias; // b as it lies in a feature map

    /* On the device, if the sources' g lie side by side: the sum is one product. Otherwise width is 0. */
    int width;                    // sum of F_i
    struct gated_hstack **source; // n
    float *g_gpu, *dg_gpu;        // (B,width,H,W) as planes_gpu.h says
    skip_columns *weights_gpu;    // n
    param joined;                 // (S,width), without an update of its own
} skip_sum;

typedef struct {
    int n;                    // sources, 1 or more
    const int *from, *widths; // n each: index and F_i
    int filters;
    ACTIVATION activation;
} skip_options;

layer make_skip_sum_layer(layer_shape s, skip_options o);
void forward_skip_sum_layer(layer l, network net);
void backward_skip_sum_layer(layer l, network net);
void free_skip_sum_layer(layer l);

static inline skip_sum *skip_of(const layer *l) { return (skip_sum *)l->self_layer; }
