/*
activation_planes.c - Darknet's activations on whole arrays, CPU. GPU twin: activation_planes_gpu.c
*/
#include "activations.h"
#include "base/vector_math.h"
#include "layers/activation_planes.h"

VECTORISED
static void rectify(int n, float *x)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) x[i] = x[i] < 0 ? 0 : x[i]; // NaN stays NaN
}

VECTORISED
static void rectified(int n, const float *y, float *delta)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) delta[i] = y[i] > 0 ? delta[i] : 0;
}

void activate_planes(float *x, int n, ACTIVATION a)
{
    if (a == RELU)
        rectify(n, x);
    else if (a != LINEAR)
        activate_array(x, n, a);
}

void gradient_of_planes(const float *y, int n, ACTIVATION a, float *delta)
{
    if (a == RELU)
        rectified(n, y, delta);
    else if (a != LINEAR)
        gradient_array(y, n, a, delta);
}
