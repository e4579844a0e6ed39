/*
net_gpu.h - whole nets on a device. All of it does nothing for a net on the CPU (net->gpu_index < 0), but for the pass.
*/
#ifndef NET_GPU_H
#define NET_GPU_H
#include "darknet.h"

/* The forward pass of a net that ends in pixel_softmax: input and truth to the device, the losses of the images back.
   Without truth and not in training, as network_predict calls it, the net's output comes back as well. */
void forward_net_gpu(network *net);

/* All arrays of all layers, with the solver's moments and averages, from the host to the device, and back. The host's
   are what is loaded, saved and initialised. */
void push_net(network *net);
void pull_net(network *net);

/* The output of layer i (B,outputs), or those of all layers that one keeps, from the device to l.output: for those who
   look into a pass. */
void pull_output(network *net, int i);
void pull_pass(network *net);

#endif
