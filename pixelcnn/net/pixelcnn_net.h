/*
pixelcnn_net.h - what a net of ours has besides the fields of Darknet's `network`.
*/
#pragma once
#include <stdint.h>
#include "darknet.h"
#include "pixelcnn/net/wiring.h"

struct solver;

typedef struct pixelcnn_net {
    wiring *wiring;
    /* Of [net], for the solver: */
    float clip_norm, ema, eps;
    float muon, muon_momentum;
    /* Of [net], for training rows: */
    float distort, shear;
    int bernoulli; // binarise=bernoulli
    /* Of a training: */
    uint64_t seed;         // for policy=random
    int passes;            // forward and backward ones since the last update
    struct solver *solver; // made by the first update; see pixelcnn/train/solver.h
    void (*free_solver)(struct solver *);
    void (*push_solver)(struct solver *), (*pull_solver)(struct solver *);
} pixelcnn_net;

/* NULL: a net of stock layers. */
pixelcnn_net *find_pixelcnn_net(const network *net);

/* Gives a net, all of whose layers are made, its own: wired, all else zero. */
pixelcnn_net *make_pixelcnn_net(network *net);
/* No effect on a net of stock layers. */
void free_pixelcnn_net(network *net);
