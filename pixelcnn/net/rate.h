/*
rate.h - the learning rate of a net that ends in pixel_softmax.
*/
#pragma once
#include "darknet.h"

/* The rate of update number `batch`, counted from 1: the policy's, and before update burn_in that times
   (batch / burn_in) ^ power. policy=random also depends on the loss layer's seed. */
float learning_rate_at(const network *net, size_t batch);
