/*
activation_planes.h - Darknet's activations on whole arrays. relu and linear, the usual ones, are vectorised.

    forward   y = activation(x)                                  on the device: y = activation(x + bias)
    backward  dx = dy . activation'(x), from y = activation(x)   on the device: and its sums
*/
#pragma once
#include "darknet.h"
#include "layers/math/plane_kernels.h"

/* n floats, in place: x becomes y, and dy becomes dx. */
void activate_planes(float *x, int n, ACTIVATION a);
void gradient_of_planes(const float *y, int n, ACTIVATION a, float *delta);

/* y = activation(y + bias), in place; features of our layers. */
void activate_bias_gpu(plane_shape s, const float *bias, ACTIVATION a, float *y);

/* delta *= the activation's derivative, given y; sums (B,C) = delta's sums over the pixels,
   OVERWRITTEN. */
void gradient_bias_gpu(plane_shape s, const float *y, ACTIVATION a, float *delta, float *sums);
