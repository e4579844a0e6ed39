/*
solver.h - the update of a net that ends in pixel_softmax; any other is updated as the host does it.

With g the gradient of the mean NLL in nats per dimension over all batch * subdivisions images:
    if the L2 norm of all g together exceeds clip_norm, g is scaled to it
    x = g + decay * w for weight matrices, x = g for biases and label embeddings
    adam=1:  m = B1 m + (1-B1) x, v = B2 v + (1-B2) x^2, w -= rate * mhat / (sqrt(vhat) + eps)
    adam=0:  m = momentum m + x,                         w -= rate * m
    muon > 0: hidden weight matrices (W, W_1, W_2, W_l, W_r, W_s of layers that do not read the image) as muon.h says
    ema > 0: average = d average + (1-d) w with d = min(ema, (1+t)/(10+t)), t the update's number from 1
rate: of rate.h (policies, burn_in). Stock head layers are updated the same way.
An update follows each `subdivisions` passes, whatever number of images the weights bring along.
Source: Kingma and Ba 2015 (Adam), Pascanu et al. 2013 (clipping).
*/
#pragma once
#include "pixelcnn/net/params.h"
#include "pixelcnn/train/find_nonfinite.h"
#include "pixelcnn/train/muon.h"
#include "pixelcnn/train/solver_math.h"

typedef struct solver {
    param_list params;
    float *m, *v;   // moments of all floats, in the order of params; v NULL without adam
    float *average; // averaged weights, NULL where ema=0
    double norm;    // L2 norm of g in the last update, before clipping
    /* Of the last update: where a loss or gradient was no number, nothing was changed but the updates, which are zero again. */
    nonfinite nonfinite;
    char where[256];
    /* Adds up the updates of all devices or processes in place before anything else sees them; NULL: there
       is one. replicas: how many, each with the same number of images. The one place for this. */
    void (*sum_updates)(const param_list *params, void *context);
    void *context;
    int replicas;
    struct solver_gpu
        *gpu; // of a net on a device, where moments and averages are; m, v, average are copies (net_gpu.h)
} solver;

/* The solver of a net that ends in pixel_softmax, made (moments zero, average = the weights) where needed. */
solver *net_solver(network *net);

/* Moments and averages of a net on a device from m, v and average to the device, and back; nothing for a net on the CPU. */
void push_solver(solver *s);
void pull_solver(solver *s);

/* For those who do an update: the number of values that the gradient of the sum is divided by, and how the next update is
   done, given the norm of g. */
double solver_values(const network *net, const solver *s);
solver_step next_solver_step(network *net, const solver *s);
muon_step next_muon_step(network *net, const solver *s);

/* One update with the gradients that backward passes have added up, which are zero afterwards. Where a loss or gradient was no
   number, nothing else changes, and nonfinite and where say so. */
void solver_update(network *net);

/* Exchanges weights and averaged weights; call twice to evaluate with the averaged. No effect where ema=0. */
void swap_averaged_weights(network *net);
