/*
free_layer.c - frees a layer. Replaces free_layer of Darknet's layer.c, which knows only Darknet's own fields,
and of Adam's moments frees only those of the weights.

The stock definition stays reachable as darknet_free_layer. Called by Darknet's free_network.
*/
#include "base/device.h"
#include "pixelcnn/net/layer_table.h"

void free_layer(layer l)
{
    const layer_kind *kind = find_kind(l.type);
    if (kind && kind->gpu && kind->gpu->free) kind->gpu->free(&l);
    if (is_ours(&l)) {
        kind->free(l);
        l.self_layer = 0;
    }
    free(l.bias_m);
    free(l.bias_v);
    free(l.scale_m);
    free(l.scale_v);
    free_gpu(GPU_FIELD(l.bias_m));
    free_gpu(GPU_FIELD(l.bias_v));
    free_gpu(GPU_FIELD(l.scale_m));
    free_gpu(GPU_FIELD(l.scale_v));
    darknet_free_layer(l);
}
