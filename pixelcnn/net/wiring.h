/*
wiring.h - which layer feeds which in a Gated PixelCNN, and how far around a pixel each layer's features are
read.

Computed once, when the net is built, from the sources that the kinds of layers declare; used by the samplers
on CPU and device. check and bench ask the kinds themselves what an output sees and which products it takes.
*/
#pragma once
#include "layers/layer_kind.h"

/* How far around a pixel features are read: rows, the pixel's own included, and columns to both sides. */
typedef struct {
    int rows, left, right; // rows 1: only the pixel's own row
} margins;

typedef struct {
    int readers; // number of layers that read it
    int planes;  // of these, how many without a kernel: those of an OUTPUT read Darknet's planes
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
    wired_array image;   // or its features
    int image_channels;  // of the image or its features
    int clipped;         // 1: margins are at most as wide as the image, without taps that never reach into it
    int head;            // the layer that feeds the head: the last layer of ours before the loss
} wiring;

/* Margins are clipped for a net on the CPU; kernels on a device read all their taps. Free with
   free_wiring. */
wiring *wire_net(const network *net);
void free_wiring(wiring *w);

/* Widens the margins of features to those that a kernel needs, in an image of h rows. */
void widen_margins(margins *m, const struct causal_conv *k, int clipped, int h);
