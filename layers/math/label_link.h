/*
label_link.h - what a gated layer does with the embedded label: its own V maps it to a term of the gate.

    shapes    h (B,D)     V (2F,D)   term (B,2F), the same at every pixel
    spatial   h (B,D,H,W)            term (B,2F,H,W)
    forward   term = V h
    backward  dV += d h^T, dh += V^T d     d: the gradient of the term

Each image is computed by itself: its bits do not depend on the batch.
*/
#pragma once
#include "layers/math/blas_gpu.h"
#include "layers/math/causal_conv.h"
#include "layers/math/param.h"

typedef struct {
    param *v;        // V; NULL: net without label
    int rows, width; // 2F, D
    int pixels;      // spatial: H*W; else 0
    causal_conv map; // V as a 1x1 convolution from h to 2F, over an image of H*W pixels or of one
    /* On the device, if not spatial: (B,2F), for label_kernels.h; d_gpu only in training, for the gated layer
       to fill. */
    float *term_gpu, *d_gpu;
} label_link;

/* h and its gradient for a whole batch. */
typedef struct {
    const float *h;
    float *dh;
} label_vectors;

/* The term for one image, channels last in two halves: the same for all pixels, or `step` floats from one
   pixel to the next. */
typedef struct {
    const float *v;
    size_t step;
} label_term;

/* For 2F = rows channels and images of h x w; width: D, 0 for a net without label. The caller makes V. */
label_link make_label_link(int rows, int width, int spatial, int h, int w);
void free_label_link(label_link *k);

/* Floats of scratch that label_forward and label_backward need for an image. */
size_t label_scratch(const label_link *k);
/* As conv_take_weights, before a pass: the current V. */
void label_take_weights(label_link *k, int backward, portion p);
/* Image b's term, in scratch; zeros for a net without label. */
label_term label_forward(const label_link *k, label_vectors l, int b, float *scratch);
/* The gradient of an image's term: dz, 2F channels in halves, where spatial; else sums, its sums over the
   pixels. */
features label_gradient(const label_link *k, features dz, float *sums);
/* From that, for image b: dv += d h^T, in the order of conv_give_gradient, and dh += V^T d. */
void label_backward(const label_link *k, label_vectors l, int b, features d, float *dv, float *scratch);
/* A portion of V's update += dv. */
void label_give_gradient(const label_link *k, const float *dv, portion p);

/* The twins on the device, for a whole batch. What is not spatial is computed for all gated layers at once,
   by label_embed: its term is there before the forward pass, and its gradients follow from d_gpu after the
   backward pass. */
void make_label_link_gpu(label_link *k, int batch);
/* Floats of workspace that the functions below need, the first also for what it returns. */
size_t label_workspace_gpu(const label_link *k, int batch);
/* The term as gate_kernels.h takes it, from the workspace where spatial; NULL for a net without label. */
const float *label_forward_gpu(const label_link *k, label_vectors l, int batch, float **workspace);
/* Where spatial: from dz (B,2F,H,W), V's gradient as in blas_gpu.h, and dh += V^T dz. Else nothing. */
void label_backward_gpu(const label_link *k, label_vectors l, int batch, float *dz, float *workspace);
