/* state_v1.h - the hashes of version 1 of .state files, which do not include dropout and image size. */
#pragma once
#include "darknet.h"

/* How the gradient is summed and used, except for the learning rate. */
uint64_t meaning_v1(const network *net);

/* Learning rate and distortion. */
uint64_t schedule_v1(const network *net);
