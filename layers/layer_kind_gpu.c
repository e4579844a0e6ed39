/*
layer_kind_gpu.c - layers on the device. See layer_kind.h.
*/
#include "base/memory_gpu.h"
#include "layers/layer_kind.h"

void make_layer_gpu(layer *l, const layer_gpu *gpu)
{
    size_t floats = (size_t)l->batch * l->outputs;
    if (!l->output_gpu) l->output_gpu = floats_gpu(floats); // a stock layer has them
    if (!l->delta_gpu) l->delta_gpu = floats_gpu(floats);
    l->forward_gpu = gpu->forward;
    l->backward_gpu = gpu->backward;
    if (gpu->make) gpu->make(l);
}
