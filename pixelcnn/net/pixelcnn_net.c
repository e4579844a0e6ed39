/* Darknet's `network` has no field for the pointer, so the last layer, always one of ours, holds it. */
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/net/net_gpu.h"
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
    if (ON_DEVICE(net)) free_training_gpu(net);
    free_wiring(own->wiring);
    free(own);
}
