/*
hashes.h - hashes of what the sampler computes, to compare machines, instruction sets and compilers.

Images are drawn one step at a time (sequential.h), and everything on the way is hashed: logits, levels, nats.
The weights of nets without a file are made of counter-based random numbers, by no function of a C library.
*/
#pragma once
#include <stdint.h>
#include "darknet.h"

/* Of the exponentials, the gate, Fourier features, activations, the logarithm, and fused itself, at many
   numbers. */
uint64_t hash_of_functions(void);

/* Of the first `rows` rows (0: all) of n images that are drawn side by side, labels in turn. */
uint64_t hash_of_drawing(network *net, int n, int rows);

/* Weights and biases for a net without a file. */
void set_reproducible_weights(network *net);
