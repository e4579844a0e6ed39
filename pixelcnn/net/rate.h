/*
rate.h - the learning rate of a net that ends in pixel_softmax.
*/
#pragma once
#include "darknet.h"

/* Of iteration `batch`, by the cfg's policy and burn_in, and of policy=random by the loss layer's seed. The update that
   makes `batch` updates altogether uses it: the first one that of iteration 1. */
float learning_rate_at(const network *net, size_t batch);
