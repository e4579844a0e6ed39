/*
label_kernels.cu - V h of all gated layers, and its gradients. See label_kernels.h.

terms, dV    a thread computes one output, one chain of sums; blockIdx.y is the layer
dh           a block computes one output: its threads divide the rows of all layers among them
*/
#include "base/calls_gpu.h"
#include "layers/math/blocks.cuh"
#include "layers/math/label_kernels.h"

enum { ROW_THREADS = 128 };

__global__ void label_terms_kernel(label_products t)
{
    label_product p = t.product[blockIdx.y];
    size_t at = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= (size_t)t.batch * p.rows) return;
    const float *h = t.h + at / p.rows * t.width, *v = p.v + at % p.rows * t.width;
    float sum = 0;
    for (int k = 0; k < t.width; ++k) sum += h[k] * v[k];
    p.term[at] = sum;
}

__global__ void label_weights_kernel(label_products t)
{
    label_product p = t.product[blockIdx.y];
    size_t at = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= (size_t)p.rows * t.width) return;
    const float *d = p.d + at / t.width, *h = t.h + at % t.width;
    float sum = 0;
    for (int b = 0; b < t.batch; ++b) sum += d[(size_t)b * p.rows] * h[(size_t)b * t.width];
    p.dv[at] += sum;
}

__global__ void label_inputs_kernel(label_products t)
{
    __shared__ float buffer[MOST_WARPS];
    size_t image = blockIdx.x / t.width, column = blockIdx.x % t.width;
    float sum = 0;
    for (int i = 0; i < t.n; ++i) {
        label_product p = t.product[i];
        for (int r = threadIdx.x; r < p.rows; r += blockDim.x)
            sum += p.d[image * p.rows + r] * p.v[(size_t)r * t.width + column];
    }
    sum = block_sum(sum, buffer);
    if (threadIdx.x == 0) t.dh[blockIdx.x] = sum;
}

/* A grid for `most` outputs of each layer. */
static dim3 grid_for(const label_products *t, size_t most) { return dim3((most + THREADS - 1) / THREADS, t->n); }

void label_terms_gpu(const label_products *t)
{
    if (!t->n) return;
    label_terms_kernel<<<grid_for(t, (size_t)t->batch * t->most_rows), THREADS>>>(*t);
    LAUNCH_OK();
}

void label_gradients_gpu(const label_products *t)
{
    if (!t->n) return;
    label_weights_kernel<<<grid_for(t, (size_t)t->most_rows * t->width), THREADS>>>(*t);
    LAUNCH_OK();
    label_inputs_kernel<<<t->batch * t->width, ROW_THREADS>>>(*t);
    LAUNCH_OK();
}
