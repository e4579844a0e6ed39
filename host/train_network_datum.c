/*
train_network_datum.c - replaces train_network_datum of Darknet's network.c.

Darknet updates when the number of images seen is a multiple of the batch. Weights files set that number, so
with subdivisions updates may straddle batches, and their gradients are added up one after the other. Ours
counts the passes since the last update, or leaves that to batch_sum.h, which also says how they are added up.
The stock definition stays reachable as darknet_train_network_datum and serves every net that does not end in
pixel_softmax. Called by train_network and train_network_sgd.
*/
#include "network.h"
#include "pixelcnn/net/darknet_private.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/train/batch_sum.h"
#include "pixelcnn/train/solver.h"

/* On a device, an update of its own brings the cost of the pass before it. due: one follows at once. */
static int update_brings_cost(network *net, int due)
{
    const pixelcnn_net *own = find_pixelcnn_net(net);
    int whole = own->batch ? own->pass.n == own->batch : due;
    return ON_DEVICE(net) && whole && !net_solver(net)->sum_updates;
}

float train_network_datum(network *net)
{
    if (!find_pixelcnn_net(net)) return darknet_train_network_datum(net);
    *net->seen += net->batch;
    net->train = 1;
    forward_network(net);
    backward_network(net);
    int due = add_pass(net), later = update_brings_cost(net, due);
    if (!later) pull_losses(net);
    float cost = *net->cost; // update_network may replace it by the cost of all devices
    if (due) update_network(net);
    return later ? *net->cost : cost;
}
