/*
network_products.h - the matrix products that a network amounts to, by their shapes: for counting and for timing.
*/
#pragma once
#include "layers/layer_kind.h"

/* All of a net, in the order of its layers; *n of them. Free the array. */
product *network_products(const network *net, int *n);

double forward_adds(product p);  // multiply-adds of the forward pass
double training_adds(product p); // and of the gradients of weights and, where needed, features
