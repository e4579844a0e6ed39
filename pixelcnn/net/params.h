/*
params.h - all learned arrays of a net in the order of its weight file: for the solver, tests and checks.
*/
#pragma once
#include <stdint.h>
#include "layers/gated.h"

typedef struct {
    int n;
    param *p;
    int *layer;   // index of the layer that p[i] belongs to
    size_t total; // floats of all together
} param_list;

/* Learned arrays only (rolling statistics of batch normalisation are not). Free with free_param_list. */
param_list net_params(const network *net);
void free_param_list(param_list *l);

/* Initial weights of a net of ours, stock layers in it too: N(0, 1/fan_in) by counter from the seed, zero
   biases, zero where a colour mask forbids. The same seed gives the same weights on every machine. */
void init_params(network *net, uint64_t seed);
