/*
packed_net.h - a net's weights laid out for evaluation value by value (lanes.h): channels last, padded.

Every array of features at a pixel is a `channel_layout`: its channels in runs that are padded with zeros, the
colour groups one after the other, so that the features of one group are one contiguous stretch. The cached
form of a layer decides its layout (cached_form.h).
*/
#pragma once
#include "layers/label_embed_layer.h"
#include "layers/math/panel.h"
#include "pixelcnn/net/wiring.h"

typedef struct {
    const struct cached_form *form; // NULL: not evaluated, because it gives the image or nothing reads it
    const layer *l;
    const source_list *sources;
    channel_layout in, out, inner; // of what it reads first, of its output and of its inner array
    margins kept;                  // of its output, as its readers need
    panel label;                   // for a layer with a label term; rows 0: none
    void *own;                     // its form's own data
} packed_layer;

typedef struct {
    const wiring *wiring;
    int colours, h, w, levels, label; // label: D, 0: none
    int octaves;                      // of pixel_fourier; 0: none
    channel_layout seen;              // of the image as the stacks see it: features of each colour
    const label_embed *embed;
    int n;                // of layers; the last gives the logits
    packed_layer *layers; // by their indices in the net
    layer copy;           // the last layer if the head is empty: it copies the output of a horizontal layer
    layer_source copied;
    source_list copies;
} packed_net;

/* Made from the current weights; the net must outlive it. Free with free_packed_net. */
packed_net *pack_net(const network *net);
void free_packed_net(packed_net *p);

/* 1: the label's embedding differs at each position. */
int is_spatial(const packed_net *p);

/* ---- for cached forms ---- */

/* The layout at a pixel of what a layer reads as its source number i. */
channel_layout source_layout(const packed_net *p, const packed_layer *q, int i);
/* A copy of the n floats x, laid out as in s. */
float *spread_copy(const float *x, channel_layout s);
/* Maps with their weights: of any shape, of a convolution, of a label term (into `label`). */
panel packed_map(map_shape m, const float *w);
panel packed_conv(const causal_conv *k, const float *w, channel_layout in, channel_layout out);
panel packed_label(const label_link *k, channel_layout out);
/* A kernel's taps with that many groups of the input, row by row. Free them. */
tap *taps_of_conv(const causal_conv *k, int groups);
