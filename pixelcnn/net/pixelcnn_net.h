/* pixelcnn_net.h - the data of a Gated PixelCNN that Darknet's `network` has no fields for. */
#pragma once
#include <stdint.h>
#include "base/image_tree.h"
#include "darknet.h"
#include "pixelcnn/net/wiring.h"

struct solver;

typedef struct pixelcnn_net {
    wiring *wiring;
    /* From [net], for the solver: */
    float clip_norm, ema, eps;
    float muon, muon_momentum;
    /* From [net], for training rows: */
    float distort, shear;
    int bernoulli; // binarise=bernoulli
    int crop;      // fit=crop
    /* State of the training run: */
    uint64_t seed;                 // for policy=random
    int passes;                    // passes of Darknet's train_network since the last update
    int batch;                     // images of the batch that the pass belongs to; 0: `passes` counts
    image_node pass;               // which of them; see pixelcnn/train/batch_sum.h
    struct solver *solver;         // made by the first update; see pixelcnn/train/solver.h
    struct training_gpu *training; // on a device; see layers/training_gpu.h
    void (*free_solver)(struct solver *);
    void (*push_solver)(struct solver *), (*pull_solver)(struct solver *);
} pixelcnn_net;

/* The data of a net; NULL: a stock net. */
pixelcnn_net *find_pixelcnn_net(const network *net);

/* Adds the data to a net whose layers have all been built: wiring, and zeros. */
pixelcnn_net *make_pixelcnn_net(network *net);
/* No effect on a stock net. */
void free_pixelcnn_net(network *net);
