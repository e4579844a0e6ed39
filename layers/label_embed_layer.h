/*
label_embed_layer.h - the label of a conditional Gated PixelCNN, and what gated layers do with it.

cfg       [label_embed] classes=K size=D spatial=0|1 dropout=p attributes=0|1      only as layer 0
labels    attributes=0: a class, or weights of classes (0 or more, sum 1); 1: any K numbers. Zeros are no label, which
          only a net trained with dropout has seen
shapes    input row: C*H*W pixels, then K floats t     output (B,C,H,W), the pixels
          h (B,D), or (B,D,H,W) where spatial; size=0: h = t and D = K
forward   h = t E       E (K,D), or (K,D,H,W); dropout zeroes t with probability p in training
backward  dE += t^T dh  (ADDS), from dh, to which gated layers have added
source    van den Oord et al. 2016, section 2.3, equations 4 (h) and 5 (spatial)
*/
#pragma once
#include <stdint.h>
#include "base/threads.h"
#include "layers/gated.h"
#include "layers/math/blas_gpu.h"
#include "layers/math/causal_conv.h"

#define LABEL_EMBED ((LAYER_TYPE)(BLANK + 1))
extern const struct layer_kind label_embed_kind;
extern const struct layer_gpu label_embed_gpu;

typedef struct {
    gated_base base;
    int classes, size, spatial, attributes;
    float dropout;
    uint64_t seed;                 // of label dropout
    float *t;                      // (B,K) as used in this pass
    float *h, *dh;                 // (B, embedded floats)
    int width;                     // embedded floats an image: D or D*H*W
    float *t_gpu, *h_gpu, *dh_gpu; // on the device
} label_embed;

typedef struct {
    int classes, size, spatial;
    float dropout;
    int attributes;
} label_options;

layer make_label_embed_layer(layer_shape s, label_options o);
void forward_label_embed_layer(layer l, network net);
void backward_label_embed_layer(layer l, network net);
void free_label_embed_layer(layer l);

/* t (B,K) of this pass from the input rows: dropped labels are zero. */
void take_labels(layer l, network net);

/* The label of a net, or NULL where it has none. */
label_embed *label_of(const network *net);

/* ---- what a gated layer does with the label: V h, V (2F,D) its own ---- */

typedef struct {
    param *v;        // NULL: net without label
    int rows, width; // 2F, D
    int pixels;      // spatial: H*W; else 0
    causal_conv map; // V as a 1x1 convolution from h to 2F, over an image of H*W pixels or of one
    float *term_gpu; // (B,2F): V h, where not spatial
} label_link;

/* The term for one image, channels last in two halves: one for all pixels, or `step` floats from one to the next. */
typedef struct {
    const float *v;
    size_t step;
} label_term;

/* For 2F = rows channels, the layer's V still to be made where shape has a label. Free with free_label_link. */
label_link make_label_link(layer_shape s, int rows);
void free_label_link(label_link *k);

/* Floats of scratch that the two functions for one image need. */
size_t label_scratch(const label_link *k);
/* Before a pass, as conv_take_weights: the current V. */
void label_take_weights(label_link *k, int backward, portion p);
/* Image b's term V h for the gate, in scratch; zeros for a net without label. By the image alone: its bits do not depend on
   the batch. */
label_term label_term_of(const label_link *k, network net, int b, float *scratch);
/* Image b's gradient dz (2F channels in halves), where not spatial only its sums over the pixels (as they lie in dz):
   dv += dz h^T, dv in the order of conv_give_gradient, and dh += V^T dz. */
void label_backward_image(const label_link *k, network net, int b, features dz, float *sums, float *dv, float *scratch);
struct product_list;
/* Adds what V h costs to a list of products. */
void add_label_product(struct product_list *list, const network *net, const label_link *k);
/* A portion of V's update += dv. */
void label_give_gradient(const label_link *k, const float *dv, portion p);

void make_label_link_gpu(label_link *k, int batch);
/* Floats of workspace that the two functions below need, the first also for what it returns. */
size_t label_workspace_gpu(const label_link *k, int batch);
/* V h as gate_kernels.h takes it, (B,2F), or (B,2F,H,W) taken from the workspace; NULL for a net without label. */
const float *label_forward_gpu(const label_link *k, network net, int batch, float **workspace);
/* From the gradient dz (B,2F,H,W), or where not spatial only its sums (B,2F): dV += dz h^T and dh += V^T dz. */
void label_backward_gpu(const label_link *k, network net, int batch, planes_gpu dz, const float *sums,
                        float *workspace);
