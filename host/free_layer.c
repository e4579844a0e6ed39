/*
free_layer.c - frees a layer. Replaces free_layer of Darknet's layer.c, which knows only its own fields.

The stock definition stays reachable as darknet_free_layer. Called by free_network.
*/
#include "layer_table.h"

void free_layer(layer l)
{
    const layer_row *row = row_of_type(l.type);
    if (row && row->role == ROLE_OURS) {
        base_of(l)->free(l);
        l.self_layer = 0;
    }
    darknet_free_layer(l);
}
