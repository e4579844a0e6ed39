#include <math.h>
#include "tests/chain.h"

float chain_step(float x, float y, float sum) { return fmaf(x, y, sum); }

float sum_of_16(int n, const float *x)
{
    float sum[16] = {0};
    for (int i = 0; i < n; ++i) sum[i % 16] += x[i];
    for (int half = 8; half; half /= 2)
        for (int i = 0; i < half; ++i) sum[i] += sum[i + half];
    return sum[0];
}
