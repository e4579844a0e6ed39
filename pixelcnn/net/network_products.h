/* network_products.h - the shapes of all matrix products of a network, for counting and timing. */
#pragma once
#include "layers/layer_kind.h"

/* All products of a net, in the order of its layers; *n is their number. Free the array. */
product *network_products(const network *net, int *n);

double forward_adds(product p);  // multiply-adds of the forward pass
double training_adds(product p); // plus those of the gradients of weights and, where needed, features
