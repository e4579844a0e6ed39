/*
get_current_rate.c - replaces get_current_rate of Darknet's network.c.

In Darknet each call draws policy=random from rand(), so that printing the rate changes the training and shows
a rate that was not used; policy=sigmoid subtracts unsigned numbers, so that the rate is 0 before `step`;
policy=steps stops at the first step that is still ahead; policy=poly takes a root of a negative number after
max_batches; and burn_in rises to learning_rate and falls from there to the policy's rate in one update. The
stock definition stays reachable as darknet_get_current_rate and serves every net that does not end in
pixel_softmax. Called by the solver, by whatever shows the rate, and by stock commands.
*/
#include "network.h"
#include "pixelcnn/net/darknet_private.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/net/rate.h"

float get_current_rate(network *net)
{
    return find_pixelcnn_net(net) ? learning_rate_at(net, get_current_batch(net)) : darknet_get_current_rate(net);
}
