/*
net_memory.h - how much memory a net will take, counted from its options before any layer is built.

What a pass touches is counted: the kernel gives no memory for what is allocated and never written. So deltas, updates and the
solver's moments count in training only. A test compares the sum with what a training takes (test_reported_robust.c).
*/
#ifndef NET_MEMORY_H
#define NET_MEMORY_H
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "layers/label_embed_layer.h"
#include "layers/skip_sum_layer.h"

typedef struct {
    int training; // 1: a backward pass follows
    int moments;  // floats of the solver for each weight: Adam 2, SGD 1, one more for averaged weights
    int threads;
    double floats;    // of all layers so far, but for
    double workspace; // what the neediest of them wants
} net_memory;

/* Each adds a layer, and returns what the layers behind have to know of it: type, sizes and, in self_layer, what
   label_of and octaves_of read. Nothing is built; free self_layer. */
layer plan_label_embed(net_memory *m, layer_shape s, label_options o);
layer plan_pixel_fourier(net_memory *m, layer_shape s, int octaves);
layer plan_gated_vstack(net_memory *m, layer_shape s, vstack_options o);
layer plan_gated_hstack(net_memory *m, layer_shape s, hstack_options o);
layer plan_skip_sum(net_memory *m, layer_shape s, skip_options o);
layer plan_pixel_softmax(net_memory *m, layer_shape s, int levels);
layer plan_head_conv(net_memory *m, layer_shape s, int cin, int filters);
layer plan_activation(net_memory *m, layer_shape s, int cin);

double net_memory_bytes(const net_memory *m);

#endif
