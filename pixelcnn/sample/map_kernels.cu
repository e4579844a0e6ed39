/*
map_kernels.cu - maps of whole rows. See map_kernels.h.

A warp owns 32 outputs, a lane of it one of them (with a gate its partner too) for one or several pixels: a
weight is one line of 128 bytes for the warp, an input the same for all of its lanes. The 8 warps of a block
have the same outputs and other pixels, and so find the weights in the first-level cache.
*/
#include "base/calls_gpu.h"
#include "layers/math/gate_math.h"
#include "pixelcnn/sample/map_kernels.h"

enum { WARP = 32, WARPS = 8 };

static __global__ void open_row_kernel(draw_position *at) { ++at->row; }

void open_row_gpu(draw_position *at, cudaStream_t stream)
{
    open_row_kernel<<<1, 1, 0, stream>>>(at);
    LAUNCH_OK();
}

/* A lane and a column. */
typedef struct {
    size_t lane;
    int column;
} map_item;

/* Row r, at least -f.rows, at a lane's column. */
static __device__ float *features_at(const row_features &f, const map_item &at, int r)
{
    return f.x + at.lane * f.lane + (r + f.rows) % f.rows * f.row + (size_t)at.column * f.pixel;
}

static __device__ const float *weights_of(const row_map &m, int o)
{
    return m.w + (size_t)(o / PANEL_ROWS) * m.depth * PANEL_ROWS + o % PANEL_ROWS;
}

static __device__ float start_of(const row_map &m, const map_item &at, int r, int o)
{
    float b = m.b ? m.b[o] : 0;
    if (!m.adds) return b;
    return b + (m.add.x ? features_at(m.add, at, r)[o] : 0);
}

/* sum += the products of one run. N pixels, whose inputs are x[i]; O outputs, whose weights are w[o] and 32
   floats further for each input. in_quads: four inputs at a time can be read at once. */
template <int N, int O>
static __device__ void add_run(const float *const (&x)[N], int n, int in_quads, const float *(&w)[O],
                               float (&sum)[O][N])
{
    int k = 0;
    for (; in_quads && k < n; k += 4) {
        float4 v[N];
#pragma unroll
        for (int i = 0; i < N; ++i) v[i] = *(const float4 *)(x[i] + k);
#pragma unroll
        for (int o = 0; o < O; ++o) {
            float a = w[o][0], b = w[o][PANEL_ROWS], c = w[o][2 * PANEL_ROWS], d = w[o][3 * PANEL_ROWS];
#pragma unroll
            for (int i = 0; i < N; ++i) {
                sum[o][i] = fused(HAS_FMA, v[i].x, a, sum[o][i]);
                sum[o][i] = fused(HAS_FMA, v[i].y, b, sum[o][i]);
                sum[o][i] = fused(HAS_FMA, v[i].z, c, sum[o][i]);
                sum[o][i] = fused(HAS_FMA, v[i].w, d, sum[o][i]);
            }
            w[o] += 4 * PANEL_ROWS;
        }
    }
    for (; k < n; ++k)
        for (int o = 0; o < O; ++o) {
            for (int i = 0; i < N; ++i) sum[o][i] = fused(HAS_FMA, x[i][k], *w[o], sum[o][i]);
            w[o] += PANEL_ROWS;
        }
}

template <int N, int O>
static __device__ void add_runs(const row_map &m, const map_item (&at)[N], int r, const float *(&w)[O],
                                float (&sum)[O][N])
{
    for (int s = 0; s < m.nruns; ++s) {
        panel_segment run = m.runs[s];
        const float *x[N];
        for (int i = 0; i < N; ++i) x[i] = features_at(m.in, at[i], r - m.top + run.row * m.step) + run.offset;
        int in_quads = (m.in.pixel | run.offset | run.n) % 4 == 0; // all other steps are multiples of 4 too
        add_run<N, O>(x, run.n, in_quads, w, sum);
    }
}

template <int N, int O> static __global__ void __launch_bounds__(WARP *WARPS) map_kernel(row_map m)
{
    int o = blockIdx.x * WARP + threadIdx.x, first = (blockIdx.y * WARPS + threadIdx.y) * N,
        items = m.lanes * m.columns;
    if (o >= (O == 2 ? m.half : m.outputs) || first >= items) return;
    int r = m.at->row - m.back;
    map_item at[N];
    const float *w[O];
    float sum[O][N];
    for (int i = 0; i < N; ++i) {
        int item = first + i < items ? first + i : items - 1;
        at[i].lane = item / m.columns;
        at[i].column = item % m.columns;
    }
    for (int h = 0; h < O; ++h) {
        w[h] = weights_of(m, o + h * m.half);
        for (int i = 0; i < N; ++i) sum[h][i] = start_of(m, at[i], r, o + h * m.half);
    }
    add_runs<N, O>(m, at, r, w, sum);
    for (int i = 0; i < N && first + i < items; ++i) {
        float *y = features_at(m.out, at[i], r) + o;
        for (int h = 0; h < O; ++h) y[h * m.half] = sum[h][i];
        if (O == 1) continue;
        const float *l = m.label.x ? features_at(m.label, at[i], r) + o : 0;
        features_at(m.gated, at[i], r)[o] = gate(HAS_FMA, sum[0][i] + (l ? l[0] : 0),
                                                 sum[O - 1][i] + (l ? l[m.half] : 0));
    }
}

static int up(int a, int b) { return (a + b - 1) / b; }

/* Several pixels a thread where there are enough for all multiprocessors anyway. */
template <int O> static void run(const row_map &m, cudaStream_t stream)
{
    enum { AT_ONCE = 4, MANY = 4096 };
    int items = m.lanes * m.columns, across = up(O == 2 ? m.half : m.outputs, WARP);
    dim3 block(WARP, WARPS);
    if (items < MANY)
        map_kernel<1, O><<<dim3(across, up(items, WARPS)), block, 0, stream>>>(m);
    else
        map_kernel<AT_ONCE, O><<<dim3(across, up(items, AT_ONCE * WARPS)), block, 0, stream>>>(m);
    LAUNCH_OK();
}

void run_map_gpu(const row_map *m, cudaStream_t stream)
{
    row_map of = *m;
    if (m->half)
        run<2>(of, stream);
    else
        run<1>(of, stream);
}

/* A thread works on one lane of one column, a block's y is the embedded float. */
static __global__ void label_kernel(label_row s)
{
    int at = blockIdx.x * blockDim.x + threadIdx.x, d = blockIdx.y;
    if (at >= s.columns * s.lanes) return;
    size_t lane = at / s.columns;
    int c = at % s.columns, plane = s.height * s.columns, r = s.height == 1 ? 0 : s.at->row - s.back;
    const float *t = s.t + lane * s.t_lane, *e = s.e + (size_t)d * plane + r * s.columns + c;
    float sum = 0;
    for (int k = 0; k < s.classes; ++k)
        if (t[k] != 0) sum = fused(HAS_FMA, t[k], e[(size_t)k * s.size * plane], sum);
    s.h[lane * s.h_lane + (size_t)c * s.size + d] = sum;
}

void embed_row_gpu(const label_row *s, cudaStream_t stream)
{
    enum { THREADS = 128 };
    label_row of = *s;
    label_kernel<<<dim3(up(s->columns * s->lanes, THREADS), s->size), THREADS, 0, stream>>>(of);
    LAUNCH_OK();
}
