/*
affine_kernels.cu - affine operations on images in progress. See affine_kernels.h.

A block computes `tile` channels of 32 lanes with 8 warps: warp s has every 8th input channel, so that a
thread's chain of multiply-adds is short (18 of the 144 inputs of 3 taps of 48 channels): with few lanes,
latency is what counts. A thread reads a lane's number once for `tile` channels, the weights as quads that are
the same for the whole warp, and loads 8 inputs (with a tile of 8: 4) with their weights before it uses the
first, so that it waits for the cache once per tap of 64 channels.

On an H100 the 19 kernels of a pixel of cfg/gated_pixelcnn.cfg take about 80 us for up to 100 images
(docs/gpu.md). With many lanes the loads limit the speed: with tiles of 8 an input costs a warp three of them
(a line of numbers, two quads) and 8 multiply-adds.
*/
#include "base/calls_gpu.h"
#include "layers/activation_math.h"
#include "layers/math/gate_math.h"
#include "pixelcnn/sample/affine_kernels.h"

/* The position of a thread's lane. */
typedef struct {
    int row;
    size_t whole, lane; // floats from a channel's start in features with and without columns
} lane_offset;

static __device__ lane_offset lane_offset_of(const affine &m, int t)
{
    lane_offset s;
    s.row = m.at->row - m.back;
    s.whole = (m.pixel ? (size_t)m.at->column * m.lanes : 0) + t;
    s.lane = t % m.lanes;
    return s;
}

/* Channel 0 of features for a lane, in image row r, at least -f.rows. */
static __device__ float *lane_of(const feature_view &f, const lane_offset &s, int r)
{
    return f.x + (r + f.rows) % f.rows * f.row + (f.columns ? s.whole : s.lane);
}

/* sum[o] += w * x for the inputs of this slice. Several are loaded before the first is used: a thread waits
   for memory once for all of them. Past the last input, zero is added. */
template <int TILE> static __device__ void add_inputs(const float *x, size_t step, int n, const float *w, float *sum)
{
    enum { AT_ONCE = 32 / TILE, QUADS = TILE / 4 };
    for (int first = threadIdx.y; first < n; first += AT_ONCE * AFFINE_SLICES) {
        float v[AT_ONCE];
        float4 q[AT_ONCE][QUADS];
#pragma unroll
        for (int i = 0; i < AT_ONCE; ++i) {
            int k = first + i * AFFINE_SLICES, from = k < n ? k : n - 1;
            v[i] = x[from * step];
            for (int o = 0; o < QUADS; ++o) q[i][o] = ((const float4 *)w)[from * QUADS + o];
            if (k >= n) v[i] = 0;
        }
#pragma unroll
        for (int i = 0; i < AT_ONCE; ++i)
            for (int o = 0; o < QUADS; ++o) {
                sum[4 * o] += q[i][o].x * v[i];
                sum[4 * o + 1] += q[i][o].y * v[i];
                sum[4 * o + 2] += q[i][o].z * v[i];
                sum[4 * o + 3] += q[i][o].w * v[i];
            }
    }
}

template <int TILE> static __device__ void add_taps(const affine &m, const lane_offset &s, float *sum)
{
    const float *w = m.w + (size_t)blockIdx.y * m.depth * TILE;
    for (int i = 0; i < m.down; ++i) {
        const float *x = lane_of(m.in, s, s.row - m.top + i * m.row_step) + m.first;
        for (int j = 0; j < m.across; ++j, x += m.tap_step) {
            int n = i == m.down - 1 && j == m.across - 1 ? m.last : m.channels;
            add_inputs<TILE>(x, m.in.channel, n, w, sum);
            w += (size_t)n * TILE;
        }
    }
}

/* The sums of a slice's threads. */
template <int TILE> using slice_sums = float[TILE][AFFINE_LANES];

/* b + add + the sum of all slices for channel o of the block's tile, channel c of `add`. */
template <int TILE>
static __device__ float whole_sum(const affine &m, const lane_offset &s, const slice_sums<TILE> *of, int o, size_t c)
{
    float sum = m.b ? m.b[blockIdx.y * TILE + o] : 0;
    if (m.add.x) sum += lane_of(m.add, s, s.row)[c * m.add.channel];
    for (int i = 0; i < AFFINE_SLICES; ++i) sum += of[i][o][threadIdx.x];
    return sum;
}

template <int TILE>
static __device__ void finish_plain(const affine &m, const lane_offset &s, const slice_sums<TILE> *of)
{
    for (int o = threadIdx.y; o < TILE; o += AFFINE_SLICES) {
        size_t c = blockIdx.y * TILE + o;
        if (c >= (size_t)m.outputs) return;
        lane_of(m.out, s, s.row)[c * m.out.channel] = activation_of(whole_sum(m, s, of, o, c), m.activation);
    }
}

template <int TILE>
static __device__ void finish_gated(const affine &m, const lane_offset &s, const slice_sums<TILE> *of)
{
    for (int o = threadIdx.y; o < TILE / 2; o += AFFINE_SLICES) {
        size_t c = blockIdx.y * (TILE / 2) + o;
        if (c >= (size_t)m.outputs) return;
        float z1 = whole_sum(m, s, of, o, c), z2 = whole_sum(m, s, of, TILE / 2 + o, c + m.half);
        if (m.whole.x) {
            float *z = lane_of(m.whole, s, s.row);
            z[c * m.whole.channel] = z1;
            z[(c + m.half) * m.whole.channel] = z2;
        }
        if (m.label.x) {
            const float *l = lane_of(m.label, s, s.row);
            z1 += l[c * m.label.channel];
            z2 += l[(c + m.half) * m.label.channel];
        }
        if (m.out.x) lane_of(m.out, s, s.row)[c * m.out.channel] = gate(HAS_FMA, z1, z2);
    }
}

/* For 3 blocks per multiprocessor: without this, the compiler saves registers and waits for one input after
   the other. */
template <int TILE, bool GATED>
__global__ void __launch_bounds__(AFFINE_LANES *AFFINE_SLICES, 3) affine_kernel(affine m)
{
    __shared__ float sums[AFFINE_SLICES][TILE][AFFINE_LANES];
    int t = blockIdx.x * AFFINE_LANES + threadIdx.x, inside = t < m.wide;
    lane_offset s = lane_offset_of(m, inside ? t : 0);
    float sum[TILE];
    for (int o = 0; o < TILE; ++o) sum[o] = 0;
    if (inside) add_taps<TILE>(m, s, sum);
    for (int o = 0; o < TILE; ++o) sums[threadIdx.y][o][threadIdx.x] = sum[o];
    __syncthreads();
    if (m.counts && blockIdx.x + blockIdx.y + threadIdx.x + threadIdx.y == 0) ++m.at->value;
    if (!inside) return;
    if (GATED)
        finish_gated<TILE>(m, s, sums);
    else
        finish_plain<TILE>(m, s, sums);
}

static int up(int a, int b) { return (a + b - 1) / b; }

void run_affine_gpu(const affine *m, int gated, cudaStream_t stream)
{
    dim3 block(AFFINE_LANES, AFFINE_SLICES), grid(up(m->wide, AFFINE_LANES), up(m->outputs * (gated ? 2 : 1), m->tile));
    affine of = *m;
    if (gated && m->tile == 4)
        affine_kernel<4, true><<<grid, block, 0, stream>>>(of);
    else if (gated)
        affine_kernel<8, true><<<grid, block, 0, stream>>>(of);
    else if (m->tile == 4)
        affine_kernel<4, false><<<grid, block, 0, stream>>>(of);
    else
        affine_kernel<8, false><<<grid, block, 0, stream>>>(of);
    LAUNCH_OK();
}

/* A thread works on one lane of one column, a block's y is the embedded float. */
static __global__ void spatial_label_kernel(spatial_label s)
{
    int at = blockIdx.x * blockDim.x + threadIdx.x, d = blockIdx.y;
    if (at >= s.columns * s.lanes) return;
    int c = at / s.lanes, lane = at % s.lanes, plane = s.height * s.columns;
    const float *e = s.e + (size_t)d * plane + (s.at->row - s.back) * s.columns + c;
    float sum = 0;
    for (int k = 0; k < s.classes; ++k) sum += s.t[k * s.lanes + lane] * e[(size_t)k * s.size * plane];
    s.h[(size_t)d * s.columns * s.lanes + at] = sum;
}

void embed_row_gpu(const spatial_label *s, cudaStream_t stream)
{
    enum { THREADS = 128 };
    spatial_label of = *s;
    dim3 grid(up(s->columns * s->lanes, THREADS), s->size);
    spatial_label_kernel<<<grid, THREADS, 0, stream>>>(of);
    LAUNCH_OK();
}
