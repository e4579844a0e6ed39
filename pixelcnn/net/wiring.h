/*
wiring.h - who feeds whom in a net of ours, and how far around a pixel each layer's features are read.

Worked out once from what the kinds of layers say of their sources; read by build_net, the samplers on CPU and device, check
and bench.
*/
#pragma once
#include "layers/layer_kind.h"

/* What the readers of some features read around a pixel: the pixel's row and those above it, columns to both sides. */
typedef struct {
    int rows, left, right; // rows 1: no row above
} margins;

typedef struct {
    int readers; // how many layers
    margins around;
} wired_array;

typedef struct {
    const layer_kind *kind;
    source_list sources;
    wired_array read[2]; // its OUTPUT and INNER
} wired_layer;

typedef struct {
    int n;
    wired_layer *layers; // all of the net's
    wired_array image;   // or what stands for it
    int image_channels;  // of what stands for it
    int clipped; // 1: margins are no wider than the image; taps that lie outside wherever the kernel stands are left out
    int head;    // the layer that the head starts at: the last before the loss that Darknet does not bring along
} wiring;

/* Clipped for a net on the CPU: kernels on a device read all their taps. Free with free_wiring. */
wiring *wire_net(const network *net);
void free_wiring(wiring *w);

/* What is kept of features so that a kernel can read them: widened to it, in an image of h rows. */
void widen_margins(margins *m, const struct causal_conv *k, int clipped, int h);
