#include <math.h>
#include "layers/math/panel.h"
#include "tests/chain.h"

/* Whether the kernel rounds x y + sum once. Else the error of x y, which the sum here leaves alone, is lost. */
static int kernel_fuses(void)
{
    float x = 1 + 0x1p-12f, w[PANEL_ROWS], init[PANEL_ROWS], y[PANEL_ROWS];
    for (int i = 0; i < PANEL_ROWS; ++i) w[i] = x, init[i] = -(float)((double)x * x);
    product_run run = {&x, w, 1};
    multiply(&(products){.n = 1, .blocks = 1, .nruns = 1, .runs = &run, .w_next = PANEL_ROWS, .init = init, .y = y});
    return y[0] != 0;
}

float chain_step(float x, float y, float sum)
{
    static int fuses = -1;
    if (fuses < 0) fuses = kernel_fuses();
    if (fuses) return fmaf(x, y, sum);
    volatile float product = x * y;
    return sum + product;
}

float sum_of_16(int n, const float *x)
{
    float sum[16] = {0};
    for (int i = 0; i < n; ++i) sum[i % 16] += x[i];
    for (int half = 8; half; half /= 2)
        for (int i = 0; i < half; ++i) sum[i] += sum[i + half];
    return sum[0];
}
