/*
sampler_gpu.h - draws images on the device of a net.
*/
#pragma once
#include "pixelcnn/sample/sampler.h"

/* As sample_cached, on device net->gpu_index: the same images for a seed, unless a random number is so close
   to the boundary between two levels that rounding decides. An image does not depend on how many are drawn
   with it. An error of the device is one line on stderr and exit status 1. */
void sample_net_gpu(network *net, sample_request w, unsigned char *levels);

/* The same; graphs 0: kernels are launched one by one; most: lanes at a time, 0: automatic. Returns whether
   graphs were used. */
int sample_net_by_gpu(network *net, sample_request w, unsigned char *levels, int graphs, int most);
