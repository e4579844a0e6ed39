/*
net_memory.h - how much memory a net will need, computed from its cfg before any layer is built.

Counts what a pass writes: pages that are allocated and never touched take no memory. So deltas, updates and
the solver's moments count only in training. test_reported_robust.c compares the sum with a real training run.
*/
#pragma once
#include "layers/gated.h"

typedef struct {
    int training; // 1: a backward pass follows
    int moments;  // floats of solver state per weight: Adam 2, SGD 1, one more for averaged weights
    int threads;
    double floats;    // of all layers so far, without the workspace
    double workspace; // the largest that any of them needs
} net_memory;

double plane_of(layer_shape s); // pixels

/* n learned floats: the weights and, in training, their updates and solver state. */
void plan_weights(net_memory *m, layer_shape s, double n);
/* The panels of a convolution of which `taps` taps reach into the image. Returns the floats of its
   gradient. */
double plan_panels(net_memory *m, double cin, double cout, double rows, double taps);
/* The label term of a layer with f filters: V, and its scratch, which is returned. */
double plan_label(net_memory *m, layer_shape s, int f);
/* Scratch for each thread that works on an image, and the copies of sums that their tree needs
   (base/slices.h). */
void plan_workspace(net_memory *m, layer_shape s, double scratch, double sums);
/* The output, its delta in training, and `more` floats per pixel. Returns the layer for parse to return. */
layer planned_layer(net_memory *m, layer_shape s, LAYER_TYPE type, int cout, double more);
/* Of a gated layer only `more`: its output is counted with what reads it, as planes or, `left` columns to the
   left and `right` to the right of each pixel, as features (handed_on.h). */
layer planned_gated_layer(net_memory *m, layer_shape s, LAYER_TYPE type, int cout, double more);
void plan_planes(net_memory *m, layer_shape s, int cout);
void plan_handed_on(net_memory *m, layer_shape s, layer *read, int left, int right);

/* How many taps to one side, and how many rows above, of a kernel reach into an image of this size. */
int taps_aside(layer_shape s, int size, int d);
int rows_above(layer_shape s, int size, int d);

double net_memory_bytes(const net_memory *m);
