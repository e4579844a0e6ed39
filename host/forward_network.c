/*
forward_network.c - the forward pass of a net that ends in pixel_softmax. Replaces forward_network of
Darknet's network.c.

On a device: net_gpu.h. Darknet zeroes every gradient before every pass, on one thread, even if no backward
pass follows; ours in training only, with images divided among threads, and does not copy the output from a
device in each pass. The stock definition stays reachable as darknet_forward_network and serves every other
net. Called by network_predict, train_network_datum and our commands.
*/
#include "base/threads.h"
#include "network.h"
#include "pixelcnn/net/darknet_private.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/net/pixelcnn_net.h"

static void clear_delta(layer l)
{
#pragma omp parallel for schedule(static) num_threads(max_threads())
    for (int b = 0; b < l.batch; ++b) memset(l.delta + (size_t)b * l.outputs, 0, l.outputs * sizeof(float));
}

void forward_network(network *net)
{
    if (!find_pixelcnn_net(net)) {
        darknet_forward_network(net);
        return;
    }
    if (ON_DEVICE(net)) {
        forward_net_gpu(net);
        return;
    }
    network pass = *net;
    for (int i = 0; i < net->n; ++i) {
        layer l = net->layers[i];
        pass.index = i;
        if (net->train && l.delta) clear_delta(l);
        l.forward(l, pass);
        pass.input = l.output;
    }
    calc_network_cost(net);
}
