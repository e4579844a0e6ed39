/*
backward_network_gpu.c - the backward pass of a net on a device. Replaces backward_network_gpu of Darknet's
network.c.

The gradients of our weights are summed over the images of a batch at the end of a pass, for all layers at
once. The stock definition stays reachable as darknet_backward_network_gpu and serves every net that does not
end in pixel_softmax. Called by backward_network.
*/
#include "pixelcnn/net/darknet_private.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/net/pixelcnn_net.h"

void backward_network_gpu(network *net)
{
    if (find_pixelcnn_net(net))
        backward_net_gpu(net);
    else
        darknet_backward_network_gpu(net);
}
