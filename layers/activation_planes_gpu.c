#include "activations.h"
#include "layers/activation_planes.h"

void activate_bias_gpu(plane_shape s, const float *bias, ACTIVATION a, float *y)
{
    add_plane_bias_gpu(s, bias, a == RELU, y);
    if (a != RELU && a != LINEAR) activate_array_gpu(y, s.batch * s.channels * s.pixels, a);
}

void gradient_bias_gpu(plane_shape s, const float *y, ACTIVATION a, float *delta, float *sums)
{
    if (a == RELU) {
        rectify_backward_gpu(s, y, delta, sums);
        return;
    }
    if (a != LINEAR) gradient_array_gpu((float *)y, s.batch * s.channels * s.pixels, a, delta);
    sum_planes_gpu(s, delta, sums);
}
