/* net_gpu.h - whole nets on a device. Inline functions may be called for any net: they do nothing for one on
   the CPU. */
#pragma once
#include "base/memory_gpu.h"
#include "darknet.h"

/* Makes input, output, truth and workspace on the device, for a net that is being built. What only training
   needs is allocated by the first training pass; free_training_gpu frees it. */
void make_net_buffers_gpu(network *net, size_t workspace_bytes);
void free_training_gpu(network *net);

/* The forward pass of a net that ends in pixel_softmax: pushes input and truth. Not in training, the losses
   of the images are pulled, or without truth, as network_predict calls it, the net's output. */
void forward_net_gpu(network *net);

/* In training: fetches the losses of the images and the cost of the last pass, for which the CPU waits; an
   update fetches the cost too. */
void pull_losses_gpu(network *net);
static inline void pull_losses(network *net)
{
    if (ON_DEVICE(net)) pull_losses_gpu(net);
}

/* The backward pass of such a net after a forward pass in training: the gradients of the weights are added to
   their updates. */
void backward_net_gpu(network *net);

/* All arrays of all layers, with the solver's moments and averages. The CPU's side is what is loaded, saved
   and initialised. */
void copy_net_gpu(network *net, direction_gpu way);
void copy_weights_gpu(network *net, direction_gpu way); // without the solver's
static inline void push_net(network *net)
{
    if (ON_DEVICE(net)) copy_net_gpu(net, PUSH_GPU);
}
static inline void pull_net(network *net)
{
    if (ON_DEVICE(net)) copy_net_gpu(net, PULL_GPU);
}

/* Copies a layer's output, or the gradient of it, to (B,outputs) in host memory. The image and the loss's
   probabilities lie as Darknet's, what is between them as planes_gpu.h says. */
void pull_features_gpu(const layer *l, const float *x, float *to);

/* Copies the output of layer i (B,outputs), or those of all layers that keep one, from the device to
   l.output: to inspect a pass. */
void pull_output_gpu(network *net, int i);
static inline void pull_output(network *net, int i)
{
    if (ON_DEVICE(net)) pull_output_gpu(net, i);
}
static inline void pull_pass(network *net)
{
    for (int i = 0; i < net->n; ++i) pull_output(net, i);
}
