/* params.h - all learned arrays of a net in the order of its weight file, for the solver, the checks and the
   tests. */
#pragma once
#include <stdint.h>
#include "layers/gated.h"

typedef struct {
    int n;
    param *p;
    int *layer;   // index of the layer that p[i] belongs to
    size_t total; // floats of all arrays
} param_list;

/* Learned arrays only, without batch normalisation's rolling statistics. Free with free_param_list. */
param_list net_params(const network *net);
void free_param_list(param_list *l);

/* On a device: the updates of all arrays, in one array with zeros between them (layers/training_gpu.h). */
typedef struct {
    float *x;
    size_t n;
} update_span;
static inline update_span all_updates_gpu(const param_list *all)
{
    const param *last = all->p + all->n - 1;
    return (update_span){all->p->update_gpu, (size_t)(last->update_gpu - all->p->update_gpu) + last->n};
}

/* Sets the initial weights of a Gated PixelCNN, including its stock layers: N(0, 1/fan_in) from counter-based
   random numbers, zero biases, zero where a colour mask forbids. The same seed gives the same weights on
   every machine. */
void init_params(network *net, uint64_t seed);
