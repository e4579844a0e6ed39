/*
free_network.c - frees a net, all of it. Replaces free_network of Darknet's network.c.

The host leaves what make_network and the parser put beside the layers: counters, cost, workspace, the steps of the
learning rate. No two nets share these, in no stock command, and a net is freed once; so ours serves every net. The
stock definition stays reachable as darknet_free_network and frees the rest. Called by our commands and by every
stock command that frees a net.
*/
#include "base/device.h"
#include "network.h"
#include "pixelcnn/net/darknet_private.h"
#include "pixelcnn/net/pixelcnn_net.h"

void free_network(network *net)
{
    free_pixelcnn_net(net);
    free(net->seen);
    free(net->t);
    free(net->cost);
    free(net->steps);
    free(net->scales);
    if (ON_DEVICE(net))
        free_gpu(net->workspace);
    else
        free(net->workspace);
    darknet_free_network(net);
}
