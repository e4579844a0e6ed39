/*
pixelcnn_net.c - what a net of ours has besides Darknet's fields. See pixelcnn_net.h.

`network` has no field for it, so the last layer, which in such a net is always one of ours, keeps the pointer.
*/
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/net/pixelcnn_net.h"

pixelcnn_net *find_pixelcnn_net(const network *net)
{
    const layer *last = net->layers + net->n - 1;
    return is_ours(last) ? base_of(last)->net : 0;
}

pixelcnn_net *make_pixelcnn_net(network *net)
{
    pixelcnn_net *own = checked_calloc(1, sizeof *own);
    own->wiring = wire_net(net);
    return base_of(net->layers + net->n - 1)->net = own;
}

void free_pixelcnn_net(network *net)
{
    pixelcnn_net *own = find_pixelcnn_net(net);
    if (!own) return;
    if (own->solver) own->free_solver(own->solver);
    free_wiring(own->wiring);
    free(own);
}
