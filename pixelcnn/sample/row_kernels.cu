/*
row_kernels.cu - a row, pixel by pixel. See row_kernels.h.

Each step but the first begins at a barrier: what earlier steps wrote is there, and no thread still reads what
this one overwrites. It is also where the chunk that was fetched two steps of products ago has arrived, for
all threads, and where the buffer of the one before is free for the next. So a pixel takes one barrier a step.

Products: a warp owns 32 outputs, a lane of it one of them. Where a step has fewer outputs than the block has
threads, its warps divide the block's images, never the inputs of an output. On paper (docs/dev/exactness.md)
weights limit the speed, not the chains.
*/
#include <cuda_pipeline.h>
#include "base/calls_gpu.h"
#include "pixelcnn/sample/row_kernels.h"
#define EXACT_ACTIVATIONS // in double, as on the CPU
#include "layers/activation_math.h"
#include "layers/math/gate_math.h"
#include "pixelcnn/sample/row_draws.cuh"

enum { WARPS = ROW_THREADS / WARP, QUADS = ROW_CHUNK / 4 };

/* ---- a block's memory ---- */

typedef struct {
    float4 *chunk;  // ROW_CHUNKS of them
    float4 *share;  // (lanes, share_quads)
    int2 *place;    // at the current pixel: the float in a lane's features, and how many
    float *feature; // (lanes, floats)
} block_memory;

static __host__ __device__ int quads_of(int floats) { return (floats + 3) / 4; }

/* Of a value that is drawn: the shares of its levels, and in double of their parts. */
static __host__ __device__ int share_quads(const row_walk &w) { return SHARE_PARTS / 2 + quads_of(w.levels); }

static __host__ __device__ size_t memory_quads(const row_walk &w, int lanes)
{
    return quads_of(2 * w.nplaces) + (size_t)lanes * quads_of(w.floats);
}

static __host__ __device__ size_t shared_quads(const row_walk &w, int lanes)
{
    return ROW_CHUNKS * QUADS + (size_t)lanes * share_quads(w);
}

size_t row_memory_floats(const row_walk *w, int lanes) { return 4 * memory_quads(*w, lanes); }

size_t row_shared_bytes(const row_walk *w, int lanes)
{
    return (shared_quads(*w, lanes) + (w->memory ? 0 : memory_quads(*w, lanes))) * sizeof(float4);
}

static __device__ block_memory memory_of(const row_walk &w, int lanes, float4 *shared)
{
    float4 *rest = shared + shared_quads(w, lanes);
    if (w.memory) rest = (float4 *)w.memory + blockIdx.x * memory_quads(w, lanes);
    return {shared, shared + ROW_CHUNKS * QUADS, (int2 *)rest, (float *)(rest + quads_of(2 * w.nplaces))};
}

/* ---- weights ---- */

/* Begins to copy a chunk. */
static __device__ void fetch(const row_walk &w, float4 *to, int from, int quads)
{
    const float4 *weights = (const float4 *)w.weights + from;
    for (int i = threadIdx.x; i < quads; i += ROW_THREADS) __pipeline_memcpy_async(to + i, weights + i, sizeof(float4));
    __pipeline_commit();
}

/* ---- products ---- */

/* sum += the products of n inputs; x: those of the first of N lanes, whose features are `step` floats apart.
   */
template <int N, int I>
static __device__ void add_run(const float *x, int step, int n, const float *w, int outputs, float (&sum)[I])
{
    int k = 0;
    if (n % 4 == 0 && (size_t)x % sizeof(float4) == 0)
#pragma unroll 4
        for (; k < n; k += 4, w += 4 * outputs) {
            float a = w[0], b = w[outputs], c = w[2 * outputs], d = w[3 * outputs];
#pragma unroll
            for (int i = 0; i < N; ++i) {
                float4 v = *(const float4 *)(x + i * step + k);
                sum[i] = fused(HAS_FMA, v.x, a, sum[i]);
                sum[i] = fused(HAS_FMA, v.y, b, sum[i]);
                sum[i] = fused(HAS_FMA, v.z, c, sum[i]);
                sum[i] = fused(HAS_FMA, v.w, d, sum[i]);
            }
        }
    for (; k < n; ++k, w += outputs)
#pragma unroll
        for (int i = 0; i < N; ++i) sum[i] = fused(HAS_FMA, x[i * step + k], *w, sum[i]);
}

/* Output o of N lanes, the first of which has its features at x. */
template <int N, int I>
static __device__ void add_chunk(const block_memory &m, const row_step &t, float *x, int step, int o, const float *w,
                                 float (&sum)[I])
{
    int outputs = t.warps * WARP;
    w += o;
    for (int i = 0; t.is_first && i < N; ++i) sum[i] = t.start < 0 ? *w : x[i * step + t.start + o];
    if (t.is_first && t.start < 0) w += outputs;
    for (int k = t.from; k < t.from + t.runs; ++k) {
        int2 run = m.place[k];
        add_run<N, I>(x + run.x, step, run.y, w, outputs, sum);
        w += run.y * outputs;
    }
    if (!t.is_last) return;
    const float *add = t.add < 0 ? 0 : x + m.place[t.add].x + o;
    float *y = x + m.place[t.to].x + o;
#pragma unroll
    for (int i = 0; i < N; ++i)
        y[i * step] = activation_of(add ? sum[i] + add[i * step] : sum[i], (ACTIVATION)t.activation);
}

/* The warps of a step divide the lanes: each has N of them, the least for which there are enough warps. */
template <int N, int I>
static __device__ void add_products(const row_walk &w, const block_memory &m, const row_step &t, const float *chunk,
                                    float (&sum)[I])
{
    if constexpr (N < I)
        if (I / N * t.warps > WARPS) return add_products<2 * N, I>(w, m, t, chunk, sum);
    int warp = threadIdx.x / WARP, part = warp / t.warps, o = warp % t.warps * WARP + threadIdx.x % WARP;
    int step = 4 * quads_of(w.floats);
    if (part * N < I) add_chunk<N, I>(m, t, m.feature + (size_t)part * N * step, step, o, chunk, sum);
}

/* ---- other steps ---- */

template <int I> static __device__ void load_starts(const row_walk &w, const block_memory &m, int c)
{
    for (int k = threadIdx.x; k < w.nplaces; k += ROW_THREADS) {
        row_place p = w.places[k];
        m.place[k].x = p.first + (c + p.column + p.slots) % p.slots * p.pixel;
        m.place[k].y = p.n;
    }
    for (int i = 0; i < I; ++i) {
        const float *from = w.starts.x + (blockIdx.x * I + i) * w.starts.lane + (size_t)c * w.nstarts;
        float *to = m.feature + (size_t)i * 4 * quads_of(w.floats) + w.first_start;
        for (int k = threadIdx.x; k < w.nstarts; k += ROW_THREADS) to[k] = from[k];
    }
}

template <int I> static __device__ void finish_pixel(const row_walk &w, const block_memory &m, const row_step &t)
{
    int n = m.place[t.to].y;
    for (int k = threadIdx.x; k < I * n; k += ROW_THREADS) {
        float *x = m.feature + (size_t)(k / n) * 4 * quads_of(w.floats), *y = x + m.place[t.to].x + k % n;
        x += m.place[t.from].x + k % n;
        *y = t.kind == GATE ? gate(HAS_FMA, x[0] + 0, x[n] + 0) : activation_of(*x, (ACTIVATION)t.activation);
    }
}

/* ---- draws ---- */

/* Writes a level's features into the image of a lane, and into its own if the row is being walked. */
static __device__ void put_level(const row_walk &w, const drawn_value &v, int level, int lane, float *feature)
{
    float *x = w.image.x + lane * w.image.lane + w.at->row % w.image.rows * w.image.row + v.column * w.image.pixel;
    for (int k = threadIdx.x % WARP; k < w.features; k += WARP) {
        float input = w.inputs[level * w.features + k];
        x[v.colour * w.features + k] = input;
        if (feature) feature[k] = input;
    }
}

/* The value of each image at column c, by a warp each. t NULL: no lane is evaluated, all values are given. */
template <int I>
static __device__ void draw_values(const row_walk &w, const block_memory &m, const row_step *t, int c, int colour)
{
    draw_request q = *w.request;
    int each = q.guided ? 2 : 1, warp = threadIdx.x / WARP, step = 4 * quads_of(w.floats), level;
    drawn_value v = drawn_value();
    v.image = (int)blockIdx.x * (I / each) + warp;
    v.column = c;
    v.colour = colour;
    if (warp >= I / each || v.image >= q.n) return;
    float *feature = m.feature + (size_t)warp * each * step;
    v.pixel = w.at->row * w.width + c;
    unsigned char *drawn = w.drawn + ((size_t)v.image * w.colours + colour) * w.height * w.width + v.pixel;
    if (!t || (q.has_keep && w.keep[v.pixel])) {
        level = *drawn;
    } else {
        v.logits = feature + m.place[t->from].x;
        v.without = v.logits + step;
        v.part = (double *)(m.share + warp * share_quads(w));
        v.share = (float *)(v.part + SHARE_PARTS);
        level = draw_level_of(w, q, v);
        if (threadIdx.x % WARP == 0) *drawn = level;
    }
    for (int i = 0; i < each; ++i)
        put_level(w, v, level, v.image * each + i, t ? feature + i * step + m.place[t->to].x : 0);
}

template <int I> static __device__ void copy_logits(const row_walk &w, const block_memory &m, const row_step &t, int c)
{
    for (int k = threadIdx.x; w.logits && k < I * w.levels; k += ROW_THREADS) {
        int i = k / w.levels, l = k % w.levels;
        float *to = w.logits + (((size_t)(blockIdx.x * I + i) * w.width + c) * w.colours + t.colour) * w.levels;
        to[l] = m.feature[(size_t)i * 4 * quads_of(w.floats) + m.place[t.from].x + l];
    }
}

/* ---- the walk ---- */

/* The program at column c. `turn`: which buffer holds the chunk that comes next. */
template <int I> static __device__ void walk_pixel(const row_walk &w, const block_memory &m, int c, int *turn)
{
    float sum[I] = {0};
    row_step next = w.steps[0]; // read a step ahead
    for (int s = 0; s < w.nsteps; ++s) {
        row_step t = next;
        next = w.steps[s + 1 < w.nsteps ? s + 1 : 0];
        if (t.quads) __pipeline_wait_prior(1);
        __syncthreads();
        if (t.quads) fetch(w, m.chunk + (*turn + ROW_CHUNKS - 1) % ROW_CHUNKS * QUADS, t.ahead, t.ahead_quads);
        if (t.kind == LOAD_STARTS) load_starts<I>(w, m, c);
        if (t.kind == PRODUCTS) add_products<1, I>(w, m, t, (const float *)(m.chunk + *turn * QUADS), sum);
        if (t.kind == GATE || t.kind == ACTIVATE) finish_pixel<I>(w, m, t);
        if (t.kind == DRAW) {
            copy_logits<I>(w, m, t, c);
            draw_values<I>(w, m, &t, c, t.colour);
        }
        if (t.quads) *turn = (*turn + 1) % ROW_CHUNKS;
    }
}

template <int I> static __global__ void __launch_bounds__(ROW_THREADS, 1) row_kernel(row_walk w)
{
    extern __shared__ float4 shared[];
    block_memory m = memory_of(w, I, shared);
    int all = w.all_columns || !w.request->has_keep, columns = all ? w.width : w.drawn_columns[w.at->row], turn = 0;
    for (int k = threadIdx.x; k < I * quads_of(w.floats); k += ROW_THREADS)
        ((float4 *)m.feature)[k] = make_float4(0, 0, 0, 0);
    for (int k = 0; k < ROW_CHUNKS - 1; ++k) fetch(w, m.chunk + k * QUADS, w.chunk[k], w.quads[k]);
    for (int c = 0; c < columns; ++c) walk_pixel<I>(w, m, c, &turn);
    for (int c = columns; c < w.width; ++c)
        for (int k = 0; k < w.colours; ++k) draw_values<I>(w, m, 0, c, k);
    __pipeline_wait_prior(0);
}

/* ---- nats ---- */

/* A block counts those of an image, in the order of its values. */
static __global__ void __launch_bounds__(ROW_THREADS) nats_kernel(row_walk w)
{
    __shared__ double nats[ROW_THREADS];
    int image = blockIdx.x, values = w.width * w.colours;
    if (image >= w.request->n) return;
    for (int first = 0; first < values; first += ROW_THREADS) {
        int value = first + threadIdx.x, end = values - first < ROW_THREADS ? values - first : ROW_THREADS;
        if (value < values) nats[threadIdx.x] = nats_of_value(w, *w.request, image, value);
        __syncthreads();
        for (int k = 0; threadIdx.x == 0 && k < end; ++k) w.nll[image] += nats[k];
        __syncthreads();
    }
}

/* ---- launch ---- */

typedef void (*row_kernel_of)(row_walk);

static row_kernel_of kernel_for(int lanes)
{
    return lanes == 1 ? row_kernel<1> : lanes == 2 ? row_kernel<2> : lanes == 4 ? row_kernel<4> : row_kernel<8>;
}

void prepare_row_gpu(const row_walk *w, int lanes)
{
    CUDA_OK(cudaFuncSetAttribute(kernel_for(lanes), cudaFuncAttributeMaxDynamicSharedMemorySize,
                                 (int)row_shared_bytes(w, lanes)));
}

void walk_row_gpu(const row_walk *w, int lanes, cudaStream_t stream)
{
    row_walk of = *w;
    row_kernel_of row_kernel_n = kernel_for(lanes);
    row_kernel_n<<<w->lanes / lanes, ROW_THREADS, row_shared_bytes(w, lanes), stream>>>(of);
    LAUNCH_OK();
}

void count_nats_gpu(const row_walk *w, int images, cudaStream_t stream)
{
    row_walk of = *w;
    nats_kernel<<<images, ROW_THREADS, 0, stream>>>(of);
    LAUNCH_OK();
}
