#include "base/memory_gpu.h"
#include "layers/layer_kind.h"

void make_layer_gpu(layer *l, const layer_gpu *gpu)
{
    if (!l->output_gpu) l->output_gpu = floats_gpu((size_t)l->batch * l->outputs); // a stock layer has it
    l->forward_gpu = gpu->forward;
    l->backward_gpu = gpu->backward;
    if (gpu->make) gpu->make(l);
}
