/*
device_group.h - a training on several devices, which is that on one: a batch is divided among them, their updates are summed, and
each makes the same update on the same weights.

To a net the devices are more subdivisions of its batch: with batch=16 and two devices each has batch 8, subdivisions 2, and
does one of the two passes. So learning rate, label dropout and the order of images are those of one device.
*/
#ifndef DEVICE_GROUP_H
#define DEVICE_GROUP_H
#include "base/device_gpu.h"
#include "darknet.h"

typedef struct device_group device_group;

#ifdef GPU
/* net was built from cfg for the first device of the list, with net_overrides.parts the devices' number, 2 or more. The others get
   nets of their own with its weights, moments and counters as they are now. The net stays the caller's: what is saved, and
   evaluated, is its. */
device_group *make_device_group(network *net, const char *cfg, const device_list *devices);
void free_device_group(device_group *s); // but not the net

/* As train_network(net, d), for one update; d has the rows of the whole batch. s NULL: is train_network. The net's solver says
   how the update went. */
float train_device_group(device_group *s, network *net, data d);

/* The net of device i of the list, for tests. */
network *device_group_net(device_group *s, int i);
#else
static inline device_group *make_device_group(network *net, const char *cfg, const device_list *devices)
{
    (void)net, (void)cfg, (void)devices;
    return 0;
}
static inline void free_device_group(device_group *s) { (void)s; }
static inline float train_device_group(device_group *s, network *net, data d)
{
    (void)s;
    return train_network(net, d);
}
#endif

#endif
