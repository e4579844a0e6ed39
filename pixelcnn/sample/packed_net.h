/*
packed_net.h - a net's weights laid out for evaluation value by value (lanes.h): channels last, padded.

Every array of features at a pixel is a `spread`: its channels in runs that are padded with zeros, the colour
groups one after the other, so that the features of one group are one contiguous stretch.
*/
#pragma once
#include "darknet.h"
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "layers/label_embed_layer.h"
#include "layers/math/panel.h"

/* What is kept of the rows of some features: the last `rows`, with zero margins left and right. */
typedef struct {
    int rows, left, right;
} margins;

typedef struct {
    const gated_vstack *layer;
    int from; // index among the vertical layers, or FROM_IMAGE
    spread in, a, out;
    panel first, conv; // first: factored only
    float *b1, *b;
    panel label; // rows 0: none
    margins kept, kept_u;
} packed_vstack;

typedef struct {
    const gated_hstack *layer;
    int from, vertical; // indices among the horizontal (or FROM_IMAGE) and the vertical layers
    spread in, z, g, out;
    panel conv[MAX_COLOURS], out_map[MAX_COLOURS]; // one for each colour group
    panel link, label;
    float *b, *br;
    margins kept;
} packed_hstack;

/* A step of the head: a sum of maps (skip_sum has several, a 1x1 one, an activation layer none), then the activation. */
typedef struct {
    int layer; // its index in the net; -1: there is none, the step is added so that there is a last one
    int sources;
    int *from; // skip_sum: indices among the horizontal layers; else NULL: the step before
    spread out;
    panel *maps; // (sources, colours)
    float *b;
    ACTIVATION activation;
} packed_step;

typedef struct {
    int clipped; // 1: what is kept is no more than the image, and taps beyond it are left out; 0: of a net on a device
    int *rank;   // of each layer of the net among those of its type
    int colours, h, w, levels, label; // label: D, 0: none
    int octaves;                      // of pixel_fourier; 0: none
    spread seen;                      // of the image as the stacks see it: features of each colour
    const label_embed *embed;
    int nv, nh, nsteps;
    packed_vstack *v;
    packed_hstack *horizontal;
    packed_step *steps;
    int head_from; // where no skip_sum starts the head: the horizontal layer that does; else -1
    margins image;
} packed_net;

/* From the weights as they are now; the net must outlive it. Free with free_packed_net. */
packed_net *pack_net(const network *net);
void free_packed_net(packed_net *p);
