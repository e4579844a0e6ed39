/*
set_batch_network_gpu.c - the number of images of a pass, in GPU builds. Replaces set_batch_network of
Darknet's network.c.

With cuDNN, Darknet sets up its convolutions again each time: in a net on the CPU too, which needs a device
then, and in nets of ours, whose convolutions are not Darknet's. The stock definition stays reachable as
darknet_set_batch_network and serves stock nets on a device. Called by our commands and by every stock command
that predicts.
*/
#include "pixelcnn/net/darknet_private.h"
#include "pixelcnn/net/pixelcnn_net.h"

void set_batch_network(network *net, int b)
{
    if (net->gpu_index >= 0 && !find_pixelcnn_net(net)) {
        darknet_set_batch_network(net, b);
        return;
    }
    net->batch = b;
    for (int i = 0; i < net->n; ++i) net->layers[i].batch = b;
}
