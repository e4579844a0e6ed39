/*
solver_kernels.cu - the solver on the device. See solver_kernels.h. CPU twin: solver.c; the arithmetic of both
is solver_math.h.

A block works on one chunk of one array. The scale that follows from clipping stays on the device: the steps
are launched without waiting for it.
*/
#include "base/calls_gpu.h"
#include "layers/loss_parts.cuh"
#include "layers/math/blocks.cuh"
#include "pixelcnn/train/solver_kernels.h"

__global__ void squares_kernel(const solver_chunk *chunks, double *parts)
{
    __shared__ double buffer[MOST_WARPS];
    solver_chunk c = chunks[blockIdx.x];
    double sum = 0;
    for (int k = threadIdx.x; k < c.n; k += blockDim.x) sum += (double)c.update[k] * c.update[k];
    sum = block_sum(sum, buffer);
    if (threadIdx.x == 0) parts[blockIdx.x] = sum;
}

/* One block. */
__global__ void verdict_kernel(solver_norm t)
{
    __shared__ double buffer[MOST_WARPS];
    double sum = 0;
    for (int i = threadIdx.x; i < t.n; i += blockDim.x) sum += t.parts[i];
    for (int b = threadIdx.x; t.losses.nll && b < t.losses.images; b += blockDim.x) sum_loss_parts(t.losses, b);
    sum = block_sum(sum, buffer); // a barrier, so that thread 0 sees all losses
    if (threadIdx.x) return;
    double norm = sqrt(sum) / t.values, cost = t.cost;
    for (int b = 0; t.losses.nll && b < t.losses.images; ++b) cost += t.losses.nll[b];
    t.verdict->norm = norm;
    t.verdict->cost = cost;
    t.verdict->finite = cost - cost == 0 && norm - norm == 0;
    t.verdict->scale = update_scale(norm, t.clip_norm, t.values);
}

__global__ void step_kernel(solver_pass t)
{
    solver_chunk c = t.chunks[blockIdx.x];
    if (!t.verdict->finite || c.muon) return;
    t.how.scale = t.verdict->scale;
    if (!c.decays) t.how.decay = 0;
    for (int k = threadIdx.x; k < c.n; k += blockDim.x) {
        float w = c.w[k], m = t.m[c.at + k];
        if (t.v) {
            float v = t.v[c.at + k];
            adam_weight(t.how, &w, c.update[k], &m, &v);
            t.v[c.at + k] = v;
        } else
            sgd_weight(t.how, &w, c.update[k], &m);
        t.m[c.at + k] = m;
        c.w[k] = w;
        c.update[k] = 0;
        if (t.average) t.average[c.at + k] = move_average(t.how.keep, t.average[c.at + k], w);
    }
}

__global__ void swap_kernel(const solver_chunk *chunks, float *average)
{
    solver_chunk c = chunks[blockIdx.x];
    for (int k = threadIdx.x; k < c.n; k += blockDim.x) {
        float w = c.w[k];
        c.w[k] = average[c.at + k];
        average[c.at + k] = w;
    }
}

void judge_updates_gpu(const solver_norm *t)
{
    squares_kernel<<<t->n, THREADS>>>(t->chunks, t->parts);
    LAUNCH_OK();
    verdict_kernel<<<1, THREADS>>>(*t);
    LAUNCH_OK();
}

void step_weights_gpu(const solver_pass *t)
{
    step_kernel<<<t->n, THREADS>>>(*t);
    LAUNCH_OK();
}

void swap_weights_gpu(int n, const solver_chunk *chunks, float *average)
{
    swap_kernel<<<n, THREADS>>>(chunks, average);
    LAUNCH_OK();
}
