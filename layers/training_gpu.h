/*
training_gpu.h - memory on the device that only a training needs. The first training pass allocates it (pixelcnn/net/net_gpu.c): it
asks each layer twice, by layer_gpu.train, once to count and once to hand out arrays.
*/
#pragma once
#include "base/memory_gpu.h"

typedef struct training_gpu {
    int batch;           // images that the net was built for
    arena_gpu gradients; // of features: zero when a forward pass begins, since several layers may add to one
    arena_gpu kept;      // what each pass overwrites
} training_gpu;
