/*
free_layer.c - frees a layer. Replaces free_layer of Darknet's layer.c, which knows only its own fields, and
of the moments that adam=1 gives a layer only the weights'.

The stock definition stays reachable as darknet_free_layer. Called by the host's free_network.
*/
#include "pixelcnn/net/layer_table.h"
#ifdef GPU
#include "base/calls_gpu.h"
#endif

void free_layer(layer l)
{
    const layer_row *row = row_of_type(l.type);
    if (row && row->role == ROLE_OURS) {
        base_of(&l)->free(l);
        l.self_layer = 0;
    }
    free(l.bias_m);
    free(l.bias_v);
    free(l.scale_m);
    free(l.scale_v);
#ifdef GPU
    free_gpu(l.bias_m_gpu);
    free_gpu(l.bias_v_gpu);
    free_gpu(l.scale_m_gpu);
    free_gpu(l.scale_v_gpu);
#endif
    darknet_free_layer(l);
}
