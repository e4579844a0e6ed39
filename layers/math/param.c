#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/memory_gpu.h"
#include "layers/math/param.h"

void make_param(param *p, const char *name, size_t n, int fan_in, int decays)
{
    *p = (param){.name = name, .n = n, .fan_in = fan_in, .decays = decays};
    p->value = checked_calloc(n, sizeof(float));
    p->update = checked_calloc(n, sizeof(float));
    p->value_gpu = device_floats(n);
}

void shape_param(param *p, int a, int b, int c, int d)
{
    const int shape[PARAM_DIMS] = {a, b, c, d};
    memcpy(p->shape, shape, sizeof shape);
}

void mask_param(param *p, colour_mask m, int colours)
{
    if (colours == 1) return;
    p->allowed = checked_calloc(p->n, 1);
    for (size_t i = 0; i < p->n; ++i) {
        int tap = i % m.taps, col = i / m.taps % m.cols, row = i / m.taps / m.cols;
        int to = colour_group(row, m.row_half, colours), from = colour_group(col, m.col_half, colours);
        p->allowed[i] = tap < m.taps - 1 || (m.mask_a ? from < to : from <= to);
    }
    p->allowed_gpu = device_bytes(p->n);
    if (BUILDING_ON_DEVICE) push_bytes_gpu(p->allowed_gpu, p->allowed, p->n);
}

void free_param(param *p)
{
    free(p->value);
    free(p->update);
    free(p->allowed);
    free_gpu(p->value_gpu);
    free_gpu(p->allowed_gpu);
}
