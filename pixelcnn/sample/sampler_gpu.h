/* sampler_gpu.h - draws images on the device of a net. */
#pragma once
#include "pixelcnn/sample/lanes_gpu.h"
#include "pixelcnn/sample/sampler.h"

/* As sample_cached, on device net->gpu_index: the same images and nats to the bit (docs/dev/exactness.md says
   what of that has been seen on a device). An error of the device is one line on stderr and exit status 1.
   PIXELCNN_LANES_A_BLOCK=1, 2, 4 or 8 and PIXELCNN_GRAPHS=0 in the environment set the options of
   lanes_gpu.h, for measurements. */
void sample_net_gpu(network *net, sample_request w, unsigned char *levels);

/* The same by these options; most: lanes at a time, 0: automatic. Returns whether graphs were used. */
int sample_net_by_gpu(network *net, sample_request w, unsigned char *levels, int most, lanes_gpu_options o);
