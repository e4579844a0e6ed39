/*
update_network.c - replaces update_network of Darknet's network.c.

On the CPU Darknet's convolutional layers ignore adam=1, and no layer sees the norm of the whole gradient. The
stock definition stays reachable as darknet_update_network and serves every net that does not end in
pixel_softmax. Called by train_network_datum.
*/
#include "network.h"
#include "pixelcnn/net/darknet_private.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/train/solver.h"

void update_network(network *net)
{
    if (find_pixelcnn_net(net))
        solver_update(net);
    else
        darknet_update_network(net);
}
