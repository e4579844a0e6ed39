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
#include "base/slices.h"
#include "layers/gated.h"
#include "layers/math/label_kernels.h"
#include "layers/math/label_link.h"

#define LABEL_EMBED ((LAYER_TYPE)(BLANK + 1))
extern const struct layer_kind label_embed_kind;
extern const struct layer_gpu label_embed_gpu;

typedef struct {
    gated_base base;
    int classes, size, spatial, attributes;
    float dropout;
    uint64_t seed; // of label dropout
    float *t;      // (B,K) as used in this pass
    float *h, *dh; // (B, embedded floats)
    int width;     // embedded floats an image: D or D*H*W
    char **names;  // (classes); NULL: unknown
    slices work;

    /* On the device. */
    float *t_gpu, *h_gpu, *dh_gpu;
    label_link **links; // products.n gated layers whose terms are computed here
    label_products products;
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
void take_labels(label_embed *e, const layer *l, const network *net);

/* The [label_embed] of a net; NULL: it has none. */
label_embed *label_of(const network *net);

/* On a device: the net's [label_embed] computes the link's term and gradients from now on, unless they are
   spatial. */
void join_label_gpu(const network *net, label_link *k);

struct product_list;
/* What label_link.h's V h costs a gated layer. */
void add_label_product(struct product_list *list, const network *net, const label_link *k);
