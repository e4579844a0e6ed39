/*
device_group.h - training on several devices with the results of a single device: they divide each batch,
their updates are summed, and each makes the same update of the same weights.

To a net the devices act as subdivisions of its batch: with batch=16 and two devices each has batch 8,
subdivisions 2, and makes one of the two passes. So learning rate, label dropout and the order of images are
those of a single device.
*/
#pragma once
#include "base/device.h"
#include "darknet.h"

typedef struct device_group device_group;

/* net was built from cfg for the first device of the list, with net_overrides.parts the number of devices, 2
   or more. The others get nets of their own with the current weights, moments and counters of net. The net
   remains the caller's: it is the one that is saved and evaluated. */
device_group *make_device_group_gpu(network *net, const char *cfg, const device_list *devices);
void free_device_group_gpu(device_group *s); // does not free the net

/* As train_network(net, d), for one update; d has the rows of the whole batch. The net's solver says how the
   update went. */
float train_group_gpu(device_group *s, data d);
static inline float train_device_group(device_group *s, network *net, data d)
{
    return GPU_BUILD && s ? train_group_gpu(s, d) : train_network(net, d);
}

/* The net of device i of the list, for tests. */
network *device_group_net_gpu(device_group *s, int i);
