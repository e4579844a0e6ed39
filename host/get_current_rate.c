/*
get_current_rate.c - replaces get_current_rate of Darknet's network.c.

Darknet draws policy=random from rand() each time somebody asks, so that showing the rate changes the training and the
rate that is shown is not the one that was used; its policy=sigmoid subtracts unsigned numbers, so that the rate is 0
before `step`; its policy=steps stops at the first step that lies ahead, and policy=poly takes a root of a negative
number beyond max_batches. The stock definition stays reachable as darknet_get_current_rate and serves every net that does
not end in pixel_softmax. Called by the solver, what shows the rate, and stock commands.
*/
#include "network.h"
#include "pixelcnn/net/darknet_private.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/net/rate.h"

float get_current_rate(network *net)
{
    return pixelcnn_of(net) ? learning_rate_at(net, get_current_batch(net)) : darknet_get_current_rate(net);
}
