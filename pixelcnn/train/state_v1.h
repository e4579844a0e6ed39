/*
state_v1.h - the first version of .state files: what their hashes are of. It knows neither dropout nor the images' size.
*/
#pragma once
#include "darknet.h"

/* What the gradient is summed over and how it is used, but for the learning rate. */
uint64_t meaning_v1(const network *net);

/* Learning rate, distortion. */
uint64_t schedule_v1(const network *net);
