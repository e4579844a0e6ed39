/*
rate.h - the learning rate of a net that ends in pixel_softmax.
*/
#pragma once
#include "darknet.h"

/* The rate of update number `batch`, counted from 1, by the cfg's policy and burn_in; policy=random also
   depends on the loss layer's seed. */
float learning_rate_at(const network *net, size_t batch);
