/*
gate_kernels.cu - the gate on the device. See gate_kernels.h. CPU twin: gate.c; the arithmetic of both is
gate_math.h.

A block works on one pair of channels of one image and owns the sums over its pixels: no atomics.
*/
#include "base/calls_gpu.h"
#include "layers/math/blocks.cuh"
#include "layers/math/gate_kernels.h"
#include "layers/math/gate_math.h"

/* Offsets of a pair of channels of an image in each array, and from the first half of an array to the
   second. */
typedef struct {
    size_t z, z_half;         // in z
    size_t y, next;           // in y and in (B,F,H,W)
    size_t whole, whole_half; // in (B,2F,H,W)
    int at, f;                // in (B,2F)
} pair_place;

/* How the features of a gate lie. */
typedef struct {
    plane_steps z, next, whole; // z; arrays of F channels, and of 2F
} gate_steps;

static gate_steps steps_of(const gate_gpu *t)
{
    int pixels = t->h * t->w;
    return (gate_steps){our_steps(t->batch, 2 * t->f, t->plane), our_steps(t->batch, t->f, pixels),
                        our_steps(t->batch, 2 * t->f, pixels)};
}

static __device__ size_t offset_of(plane_steps s, size_t image, size_t channel)
{
    return image * s.image + channel * s.plane;
}

static __device__ pair_place place_of(const gate_gpu &t, const gate_steps &s)
{
    size_t image = blockIdx.x / t.f, channel = blockIdx.x % t.f;
    pair_place p;
    p.z = offset_of(s.z, image, channel);
    p.z_half = t.f * s.z.plane;
    p.y = offset_of(t.y_step, image, channel);
    p.next = offset_of(s.next, image, channel);
    p.whole = offset_of(s.whole, image, channel);
    p.whole_half = t.f * s.whole.plane;
    p.at = image * 2 * t.f + channel;
    p.f = t.f;
    return p;
}

/* The label's term at a pixel; half 0 or 1. */
static __device__ float label_at(const gate_gpu &t, const pair_place &p, int half, int pixel)
{
    if (!t.label) return 0;
    return t.spatial ? t.label[p.whole + half * p.whole_half + pixel] : t.label[p.at + half * p.f];
}

/* sums (B,2F), a pair of channels: what all threads of the block have of each. */
static __device__ void sum_pair(float first, float second, const pair_place &p, float *buffer, float *sums)
{
    first = block_sum(first, buffer);
    second = block_sum(second, buffer);
    if (threadIdx.x) return;
    sums[p.at] = first;
    sums[p.at + p.f] = second;
}

/* y = tanh(s1) . sigmoid(s2), s = z + bias + above + label; next = next_bias + next_x */
__global__ void gate_forward_kernel(gate_gpu t, gate_steps s, gate_result_gpu r)
{
    pair_place p = place_of(t, s);
    int channel = blockIdx.x % t.f, pixels = t.h * t.w;
    float bias1 = t.bias[channel], bias2 = t.bias[channel + t.f], next_bias = r.next ? r.next_bias[channel] : 0;
    for (int k = threadIdx.x; k < pixels; k += blockDim.x) {
        float *z = t.z + p.z + k / t.w * t.row + k % t.w;
        float s1 = z[0] + bias1, s2 = z[p.z_half] + bias2;
        if (t.above && k >= t.w) {
            s1 += t.above[p.whole + k - t.w];
            s2 += t.above[p.whole + p.whole_half + k - t.w];
        }
        float all1 = s1 + label_at(t, p, 0, k), all2 = s2 + label_at(t, p, 1, k);
        if (r.keep != KEEP_NOTHING) {
            z[0] = r.keep == KEEP_ALL ? all1 : s1;
            z[p.z_half] = r.keep == KEEP_ALL ? all2 : s2;
        }
        if (r.y) r.y[p.y + k] = gate(HAS_FMA, all1, all2);
        if (r.next) r.next[p.next + k] = r.next_x ? r.next_x[p.next + k] + next_bias : next_bias;
    }
}

/* forward:  y = tanh(s1) . sigmoid(s2)
   so        dz = ds, given dy; gate_gradient of gate_math.h
   and       dx += dnext, with its sums for the bias of next */
__global__ void gate_backward_kernel(gate_gpu t, gate_steps s, gate_gradient_gpu g)
{
    __shared__ float buffer[MOST_WARPS];
    pair_place p = place_of(t, s);
    float sum1 = 0, sum2 = 0, own1 = 0, own2 = 0, next = 0;
    for (int k = threadIdx.x; k < t.plane; k += blockDim.x) {
        int r = k / t.row, c = k % t.row, inside = r < t.h && c < t.w, pixel = r * t.w + c;
        size_t at = p.z + k;
        float d1 = 0, d2 = 0;
        if (inside && g.dy) {
            gate_pair d = gate_gradient(HAS_FMA, t.z[at] + label_at(t, p, 0, pixel),
                                        t.z[at + p.z_half] + label_at(t, p, 1, pixel), g.dy[p.y + pixel]);
            own1 += d1 = d.first;
            own2 += d2 = d.second;
        }
        if (inside && g.dnext) {
            float d = g.dnext[p.next + pixel];
            if (g.dx) g.dx[p.next + pixel] += d;
            next += d;
        }
        if (inside && g.own) {
            g.own[p.whole + pixel] = d1;
            g.own[p.whole + p.whole_half + pixel] = d2;
        }
        if (inside && g.up) {
            size_t to = p.whole + (r ? pixel - t.w : pixel + (t.h - 1) * t.w);
            g.up[to] = r ? d1 : 0;
            g.up[to + p.whole_half] = r ? d2 : 0;
        }
        if (inside && g.add) {
            d1 += g.dz[at];
            d2 += g.dz[at + p.z_half];
        }
        g.dz[at] = d1;
        g.dz[at + p.z_half] = d2;
        sum1 += d1;
        sum2 += d2;
    }
    sum_pair(sum1, sum2, p, buffer, g.sums);
    if (g.own_sums) sum_pair(own1, own2, p, buffer, g.own_sums);
    if (g.dnext) next = block_sum(next, buffer);
    if (g.dnext && threadIdx.x == 0) g.next_sums[blockIdx.x] = next;
}

void gate_forward_gpu(const gate_gpu *t, const gate_result_gpu *r)
{
    gate_forward_kernel<<<t->batch * t->f, threads_for(t->h * t->w)>>>(*t, steps_of(t), *r);
    LAUNCH_OK();
}

void gate_backward_gpu(const gate_gpu *t, const gate_gradient_gpu *g)
{
    gate_backward_kernel<<<t->batch * t->f, threads_for(t->plane)>>>(*t, steps_of(t), *g);
    LAUNCH_OK();
}
