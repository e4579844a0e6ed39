/*
train_network_datum.c - replaces train_network_datum of Darknet's network.c.

Darknet updates when the images seen divide evenly, a number that weights files bring along: with subdivisions, updates
then straddle batches. Ours counts the passes since the last update. The stock definition stays reachable as
darknet_train_network_datum and serves every net that does not end in pixel_softmax. Called by train_network and
train_network_sgd.
*/
#include "network.h"
#include "pixelcnn/net/darknet_private.h"
#include "pixelcnn/net/pixelcnn_net.h"

float train_network_datum(network *net)
{
    pixelcnn_net *own = pixelcnn_of(net);
    if (!own) return darknet_train_network_datum(net);
    *net->seen += net->batch;
    net->train = 1;
    forward_network(net);
    backward_network(net);
    float cost = *net->cost; // update_network may put that of all devices in its place
    if (++own->passes >= net->subdivisions) {
        own->passes = 0;
        update_network(net);
    }
    return cost;
}
