/*
net_memory.h - how much memory a net will take, counted from its options before any layer is built.

What a pass touches is counted: the kernel gives no memory for what is allocated and never written. So deltas, updates and the
solver's moments count in training only. A test compares the sum with what a training takes (test_reported_robust.c).
*/
#pragma once
#include "layers/gated.h"

typedef struct {
    int training; // 1: a backward pass follows
    int moments;  // floats of the solver for each weight: Adam 2, SGD 1, one more for averaged weights
    int threads;
    double floats;    // of all layers so far, but for
    double workspace; // what the neediest of them wants
} net_memory;

double plane_of(layer_shape s); // pixels

/* n learned floats: the weights, and in training updates and what the solver keeps. */
void plan_weights(net_memory *m, layer_shape s, double n);
/* A convolution's panels; `taps` of them read something of the image. Returns the floats of its gradient. */
double plan_panels(net_memory *m, double cin, double cout, double rows, double taps);
/* The label in a layer of f filters: V, and its scratch, which is returned. */
double plan_label(net_memory *m, layer_shape s, int f);
/* Scratch of each thread that has an image, and sums of each thread. */
void plan_workspace(net_memory *m, layer_shape s, double scratch, double sums);
/* The output, in training its delta, and `more` floats a pixel besides. Returns what parse returns of a planned layer. */
layer planned_layer(net_memory *m, layer_shape s, LAYER_TYPE type, int cout, double more);

/* Of a kernel: taps to one side, and rows above, that read something of an image that large. */
int taps_aside(layer_shape s, int size, int d);
int rows_above(layer_shape s, int size, int d);

double net_memory_bytes(const net_memory *m);
