/*
free_network.c - frees a whole net. Replaces free_network of Darknet's network.c.

Darknet does not free what make_network and the parser allocate outside the layers: counters, cost, workspace,
the steps of the learning rate. Nets never share these, and no stock command frees a net twice, so ours serves
every net. The stock definition stays reachable as darknet_free_network and frees the rest. Called by our
commands and by every stock command that frees a net.
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
