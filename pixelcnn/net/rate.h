/* rate.h - the learning rate of a net that ends in pixel_softmax. */
#pragma once
#include "darknet.h"

/* The rate of update number `batch`, counted from 1: the policy's, multiplied before update burn_in by (batch
   / burn_in) ^ power. policy=random also depends on the net's seed. */
float learning_rate_at(const network *net, size_t batch);
