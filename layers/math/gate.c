/* GPU twin: gate_kernels.cu; the arithmetic of both is gate_math.h. */
#include "base/vectorised.h"
#include "layers/math/gate.h"
#include "layers/math/gate_math.h"

VECTOR_BODY void gate_forward_body(int has_fma, const gate_items *t)
{
    int f = t->f / 16 * 16; // so that the compiler sees no rest
    for (int j = 0; j < t->n; ++j) {
        const float *z = t->z + j * t->z_step, *l = t->label + j * t->label_step;
        float *y = t->y + j * t->y_step;
#pragma omp simd
        for (int i = 0; i < f; ++i) y[i] = gate(has_fma, z[i] + l[i], z[i + f] + l[i + f]);
    }
}
VECTORISED_FUSED(void, gate_forward, (const gate_items *t), t);

VECTOR_BODY void gate_backward_body(int has_fma, const gate_items *t, float *dz, size_t dz_step, float *sums)
{
    int f = t->f / 16 * 16;
    for (int j = 0; j < t->n; ++j) {
        const float *z = t->z + j * t->z_step, *l = t->label + j * t->label_step, *dy = t->y + j * t->y_step;
        float *d = dz + j * dz_step;
#pragma omp simd
        for (int i = 0; i < f; ++i) {
            gate_pair g = gate_gradient(has_fma, z[i] + l[i], z[i + f] + l[i + f], dy[i]);
            d[i] = g.first;
            d[i + f] = g.second;
            sums[i] += g.first;
            sums[i + f] += g.second;
        }
    }
}
VECTORISED_FUSED(void, gate_backward, (const gate_items *t, float *dz, size_t dz_step, float *sums), t, dz, dz_step,
                 sums);

/* Row r of an image. */
static gate_items row_of(const gate_items *t, int r, int w)
{
    gate_items row = *t;
    row.n = w;
    row.z += r * w * t->z_step;
    row.label += r * w * t->label_step;
    row.y += r * w * t->y_step;
    return row;
}

void gate_forward_image(const gate_items *t, features y)
{
    for (int r = 0; r < y.h; ++r) {
        gate_items row = row_of(t, r, y.w);
        row.y = y.x + r * y.row;
        gate_forward(&row);
    }
}

void gate_backward_image(const gate_items *t, features dz, float *sums)
{
    for (int r = 0; r < dz.h; ++r) {
        gate_items row = row_of(t, r, dz.w);
        gate_backward(&row, dz.x + r * dz.row, dz.pixel, sums);
    }
}
