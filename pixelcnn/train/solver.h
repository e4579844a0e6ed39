/*
solver.h - the update of a net that ends in pixel_softmax. Other nets are updated by Darknet.

With g the gradient of the mean NLL in nats per dimension over all batch * subdivisions images:
    if the L2 norm of all g together exceeds clip_norm, g is scaled to it
    x = g + decay * w for weight matrices, x = g for biases and label embeddings
    adam=1:  m = B1 m + (1-B1) x, v = B2 v + (1-B2) x^2, w -= rate * mhat / (sqrt(vhat) + eps)
    adam=0:  m = momentum m + x,                         w -= rate * m
    muon > 0: hidden weight matrices (W, W_1, W_2, W_l, W_r, W_s of layers that do not read the image) as muon.h says
    ema > 0: average = d average + (1-d) w with d = min(ema, (1+t)/(10+t)), t the update's number from 1
rate: of rate.h (policies, burn_in). Stock head layers are updated the same way. An update follows every
`subdivisions` passes, regardless of the number of images that the weights file counts as seen. Source: Kingma
and Ba 2015 (Adam), Pascanu et al. 2013 (clipping).
*/
#pragma once
#include "base/image_tree.h"
#include "pixelcnn/net/params.h"
#include "pixelcnn/train/find_nonfinite.h"
#include "pixelcnn/train/muon.h"
#include "pixelcnn/train/solver_math.h"

/* The summed updates of a node of the tree over a batch's images (batch_sum.h). */
typedef struct {
    image_node node;
    float *sum; // in the order of params
} node_sum;

typedef struct solver {
    param_list params;
    float *m, *v;   // moments of all floats, in the order of params; without adam v is NULL
    float *average; // averaged weights, NULL where ema=0
    double norm;    // L2 norm of g in the last update, before clipping
    /* Of the last update: if a loss or gradient was NaN or infinite, nothing changed except the updates,
       which are zero. */
    nonfinite nonfinite;
    char where[256];
    /* Sums the updates of all replicas (devices or processes) in place before anything else uses them; NULL:
       there is one. Each replica has the same number of images. The only place where this happens. */
    void (*sum_updates)(const param_list *params, void *context);
    void *context;
    int replicas;
    node_sum *sums; // of passes, waiting for later ones
    int nsums, sums_made;
    struct solver_gpu
        *gpu; // of a net on a device, where moments and averages are; m, v, average are copies (net_gpu.h)
} solver;

/* The solver of a net that ends in pixel_softmax. Created on first use, with moments zero and average = the
   weights. */
solver *net_solver(network *net);

/* For a net on a device: copy moments and averages from m, v and average to the device, and back. No effect
   for a net on the CPU. */
void push_solver(solver *s);
void pull_solver(solver *s);

/* For implementations of an update: the number of values that the summed gradient is divided by, and the
   parameters of the next update, given the norm of g. */
double solver_values(const network *net, const solver *s);
solver_step next_solver_step(network *net, const solver *s);
muon_step next_muon_step(network *net, const solver *s);

/* Makes one update with the gradients that backward passes have accumulated, and sets these to zero. If a
   loss or gradient is NaN or infinite, nothing else changes, and `nonfinite` and `where` report it. */
void solver_update(network *net);

/* Exchanges the weights and the averaged weights. Call it before and after evaluating with the averaged ones.
   No effect if ema=0. */
void swap_averaged_weights(network *net);
