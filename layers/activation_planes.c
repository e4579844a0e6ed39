#include "activations.h"
#include "base/vectorised.h"
#include "layers/activation_planes.h"

VECTOR_BODY void rectify_body(int n, float *x)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) x[i] = x[i] < 0 ? 0 : x[i]; // NaN stays NaN
}
static VECTORISED(void, rectify, (int n, float *x), n, x);

VECTOR_BODY void rectified_body(int n, const float *y, float *delta)
{
#pragma omp simd
    for (int i = 0; i < n; ++i) delta[i] = y[i] > 0 ? delta[i] : 0;
}
static VECTORISED(void, rectified, (int n, const float *y, float *delta), n, y, delta);

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
