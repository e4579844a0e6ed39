/* network_size.h - counts a network's parameters, memory and multiply-adds. */
#pragma once
#include "darknet.h"

typedef struct {
    size_t parameters;    // learned floats
    size_t image_bytes;   // per image: outputs, gradients, what layers keep for backward, input, truth
    size_t work_bytes;    // of workspace, for all threads
    double multiply_adds; // of one image's forward pass
    double training_adds; // of one image's forward and backward pass, without the update
} network_size;

/* Computed from the shapes of the layers' arrays. Does not include optimizer state. */
network_size size_of_network(const network *net);
