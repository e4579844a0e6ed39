/*
network_size.h - what a network costs: parameters, memory, multiply-adds.
*/
#pragma once
#include "darknet.h"

typedef struct {
    size_t parameters;    // learned floats
    size_t image_bytes;   // of one image: outputs, gradients, what the layers keep for backward, input, truth
    size_t work_bytes;    // of workspace, for all threads
    double multiply_adds; // of one image's forward pass
    double training_adds; // of one image's forward and backward pass; the update's are not in it
} network_size;

/* Counted from the shapes of the layers' arrays. Optimizer state is not in it. */
network_size size_of_network(const network *net);
