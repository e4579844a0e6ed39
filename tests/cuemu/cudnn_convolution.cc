/*
cudnn_convolution.cc - the three convolutions as loops over their descriptors, along rows so that they vectorise. Each has two
algorithms: 0, which needs no workspace, and 1, which needs some and fills it with NaN. Measuring (Find...Ex) leaves
NaN in the result, since cuDNN leaves it undefined.
*/
#include "cudnn_shapes.h"

using namespace cuemu;

enum operation { FORWARD, DATA, FILTER };
static const char *const NAMES[] = {"cudnnConvolutionForward", "cudnnConvolutionBackwardData",
                                    "cudnnConvolutionBackwardFilter"};

/* x (n,c,h,w), w (k, c / groups, size, size), y (n,k,oh,ow): whichever of them is the result. */
struct problem {
    cuemu_tensor x, y;
    cuemu_filter w;
    cuemu_convolution conv;
};

/* The output rows that one tap of the filter reaches inside the picture: from y[oy * ow + ox] and x[iy * w + ix] on, count
   columns, x's a stride apart. */
template <class Row> static void each_row(const problem &p, int ky, int kx, Row row)
{
    const cuemu_convolution &c = p.conv;
    int at_y = ky * c.dilation_h - c.pad_h, at_x = kx * c.dilation_w - c.pad_w;
    int first = at_x < 0 ? (-at_x + c.stride_w - 1) / c.stride_w : 0, end = (p.x.w - 1 - at_x) / c.stride_w + 1;
    if (p.x.w - 1 - at_x < 0) return;
    if (end > p.y.w) end = p.y.w;
    if (end <= first) return;
    for (int oy = 0; oy < p.y.h; ++oy) {
        int iy = oy * c.stride_h + at_y;
        if (iy >= 0 && iy < p.x.h) row(oy * p.y.w + first, iy * p.x.w + first * c.stride_w + at_x, end - first);
    }
}

static void add_row(float *to, int to_step, const float *from, int from_step, int n, float by)
{
    if (to_step == 1 && from_step == 1)
        for (int i = 0; i < n; ++i) to[i] += by * from[i];
    else
        for (int i = 0; i < n; ++i) to[i * to_step] += by * from[i * from_step];
}

static float dot_rows(const float *a, const float *b, int b_step, int n)
{
    float sum = 0;
    if (b_step == 1) {
#pragma omp simd reduction(+ : sum)
        for (int i = 0; i < n; ++i) sum += a[i] * b[i];
    } else
        for (int i = 0; i < n; ++i) sum += a[i] * b[i * b_step];
    return sum;
}

/* Image n's plane of one filter and the plane of one of its channels, with the kernel between them. */
static void convolve_planes(const problem &p, operation o, float alpha, float *x, float *w, float *y)
{
    int step = p.conv.stride_w;
    for (int ky = 0; ky < p.w.h; ++ky)
        for (int kx = 0; kx < p.w.w; ++kx) {
            float *tap = w + (p.conv.flip ? (p.w.h - 1 - ky) * p.w.w + p.w.w - 1 - kx : ky * p.w.w + kx);
            double sum = 0;
            each_row(p, ky, kx, [&](int at_y, int at_x, int n) {
                if (o == FORWARD)
                    add_row(y + at_y, 1, x + at_x, step, n, alpha * *tap);
                else if (o == DATA)
                    add_row(x + at_x, step, y + at_y, 1, n, alpha * *tap);
                else
                    sum += dot_rows(y + at_y, x + at_x, step, n);
            });
            if (o == FILTER) *tap += alpha * (float)sum;
        }
}

static void convolve(const problem &p, operation o, float alpha, float *x, float *w, float *y)
{
    size_t x_plane = (size_t)p.x.h * (size_t)p.x.w, y_plane = (size_t)p.y.h * (size_t)p.y.w,
           taps = (size_t)p.w.h * (size_t)p.w.w;
    int filters = p.w.k / p.conv.groups; // of one group
    for (int n = 0; n < p.x.n; ++n)
        for (int k = 0; k < p.w.k; ++k)
            for (int c = 0; c < p.w.c; ++c)
                convolve_planes(p, o, alpha, x + x_plane * (size_t)(n * p.x.c + k / filters * p.w.c + c),
                                w + taps * (size_t)(k * p.w.c + c), y + y_plane * (size_t)(n * p.w.k + k));
}

static void scale(float *p, size_t n, float by)
{
    for (size_t i = 0; i < n; ++i) p[i] = by == 0 ? 0 : by * p[i];
}

static size_t workspace_of(const problem &p, int algo)
{
    return algo ? sizeof(float) * (size_t)p.y.h * (size_t)p.y.w : 0;
}

static bool fits(const problem &p)
{
    int n, c, h, w;
    cudnnTensorDescriptor_t x = const_cast<cuemu_tensor *>(&p.x);
    return !cudnnGetConvolution2dForwardOutputDim(const_cast<cuemu_convolution *>(&p.conv), x,
                                                  const_cast<cuemu_filter *>(&p.w), &n, &c, &h, &w) &&
           n == p.y.n && c == p.y.c && h == p.y.h && w == p.y.w;
}

static cudnnStatus_t run(cudnnHandle_t handle, const problem &p, operation o, const void *alpha_, const void *x,
                         const void *w, const void *y, int algo, void *workspace, size_t bytes, const void *beta_)
{
    if (!fits(p)) return CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH;
    size_t needed = workspace_of(p, algo), result_floats = o == FORWARD ? floats_of(p.y)
                                                           : o == DATA  ? floats_of(p.x)
                                                                        : floats_of(p.w);
    if (algo > 1) return CUDNN_STATUS_NOT_SUPPORTED;
    if (bytes < needed || (needed && !workspace)) return CUDNN_STATUS_BAD_PARAM;
    call in(handle->device);
    check_device_pointer(handle->device, x, sizeof(float) * floats_of(p.x), NAMES[o]);
    check_device_pointer(handle->device, w, sizeof(float) * floats_of(p.w), NAMES[o]);
    check_device_pointer(handle->device, y, sizeof(float) * floats_of(p.y), NAMES[o]);
    if (needed) check_device_pointer(handle->device, workspace, bytes, NAMES[o]);
    float alpha = *(const float *)alpha_, beta = *(const float *)beta_,
          *result = (float *)(o == FORWARD ? y
                              : o == DATA  ? x
                                           : w);
    cudaError_t e = submit(handle->stream, {CUEMU_LIBRARY, NAMES[o], 0}, [=] {
        if (needed) fill_nan(workspace, needed);
        scale(result, result_floats, beta);
        convolve(p, o, alpha, (float *)x, (float *)w, (float *)y);
    });
    return e ? CUDNN_STATUS_EXECUTION_FAILED : CUDNN_STATUS_SUCCESS;
}

/* Algorithms in the order of cuDNN's preference, the nondeterministic one first, as cuDNN does at times. */
template <class Perf>
static cudnnStatus_t query(const problem &p, operation o, int wanted, int *found, Perf *results, size_t limit)
{
    if (!fits(p)) return CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH;
    *found = wanted < 2 ? wanted : 2;
    for (int i = 0; i < *found; ++i) {
        results[i] = {};
        results[i].algo = (decltype(results[i].algo))i;
        results[i].memory = workspace_of(p, i);
        results[i].status = results[i].memory > limit ? CUDNN_STATUS_NOT_SUPPORTED : CUDNN_STATUS_SUCCESS;
        results[i].time = (float)(i + 1);
        results[i].determinism = o == FORWARD || i ? CUDNN_DETERMINISTIC : CUDNN_NON_DETERMINISTIC;
        results[i].mathType = CUDNN_DEFAULT_MATH;
    }
    return CUDNN_STATUS_SUCCESS;
}

template <class Perf>
static cudnnStatus_t measure(cudnnHandle_t handle, const problem &p, operation o, const void *x, const void *w,
                             const void *y, int wanted, int *found, Perf *results, void *workspace, size_t bytes)
{
    call in(handle->device);
    if (refuse_in_capture()) return CUDNN_STATUS_EXECUTION_FAILED;
    if (getenv("CUEMU_NO_FIND")) return CUDNN_STATUS_EXECUTION_FAILED;
    float one = 1, zero = 0;
    cudnnStatus_t status = run(handle, p, o, &one, x, w, y, 0, nullptr, 0, &zero);
    if (status) return status;
    if (bytes) check_device_pointer(handle->device, workspace, bytes, NAMES[o]);
    finish_streams(handle->device);
    if (o == FORWARD)
        fill_nan((void *)y, sizeof(float) * floats_of(p.y));
    else if (o == DATA)
        fill_nan((void *)x, sizeof(float) * floats_of(p.x));
    else
        fill_nan((void *)w, sizeof(float) * floats_of(p.w));
    return query(p, o, wanted, found, results, bytes);
}

/* The calls of one operation; P makes its problem of the three shapes, X, W and Y name the operands in order. */
#define CONVOLUTION(NAME, ALGO, O, A, B, C, P, X, W, Y)                                                                \
    cudnnStatus_t cudnnGetConvolution##NAME##AlgorithmMaxCount(cudnnHandle_t, int *count)                              \
    {                                                                                                                  \
        *count = 2;                                                                                                    \
        return CUDNN_STATUS_SUCCESS;                                                                                   \
    }                                                                                                                  \
    cudnnStatus_t cudnnGetConvolution##NAME##Algorithm_v7(cudnnHandle_t, const A sa, const B sb,                       \
                                                          const cudnnConvolutionDescriptor_t conv, const C sc,         \
                                                          const int wanted, int *found, ALGO##Perf_t *results)         \
    {                                                                                                                  \
        return query(P, O, wanted, found, results, (size_t)-1);                                                        \
    }                                                                                                                  \
    cudnnStatus_t cudnnFindConvolution##NAME##AlgorithmEx(cudnnHandle_t handle, const A sa, const void *a, const B sb, \
                                                          const void *b, const cudnnConvolutionDescriptor_t conv,      \
                                                          const C sc, void *c, const int wanted, int *found,           \
                                                          ALGO##Perf_t *results, void *workspace, size_t bytes)        \
    {                                                                                                                  \
        return measure(handle, P, O, X, W, Y, wanted, found, results, workspace, bytes);                               \
    }                                                                                                                  \
    cudnnStatus_t cudnnGetConvolution##NAME##WorkspaceSize(cudnnHandle_t, const A sa, const B sb,                      \
                                                           const cudnnConvolutionDescriptor_t conv, const C sc,        \
                                                           ALGO##_t algo, size_t *bytes)                               \
    {                                                                                                                  \
        problem p = P;                                                                                                 \
        *bytes = workspace_of(p, (int)algo);                                                                           \
        return !fits(p)   ? CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH                                                      \
               : algo > 1 ? CUDNN_STATUS_NOT_SUPPORTED                                                                 \
                          : CUDNN_STATUS_SUCCESS;                                                                      \
    }                                                                                                                  \
    cudnnStatus_t cudnnConvolution##NAME(cudnnHandle_t handle, const void *alpha, const A sa, const void *a,           \
                                         const B sb, const void *b, const cudnnConvolutionDescriptor_t conv,           \
                                         ALGO##_t algo, void *workspace, size_t bytes, const void *beta, const C sc,   \
                                         void *c)                                                                      \
    {                                                                                                                  \
        return run(handle, P, O, alpha, X, W, Y, (int)algo, workspace, bytes, beta);                                   \
    }

CONVOLUTION(Forward, cudnnConvolutionFwdAlgo, FORWARD, cudnnTensorDescriptor_t, cudnnFilterDescriptor_t,
            cudnnTensorDescriptor_t, (problem{*sa, *sc, *sb, *conv}), a, b, c)
CONVOLUTION(BackwardData, cudnnConvolutionBwdDataAlgo, DATA, cudnnFilterDescriptor_t, cudnnTensorDescriptor_t,
            cudnnTensorDescriptor_t, (problem{*sc, *sb, *sa, *conv}), c, a, b)
CONVOLUTION(BackwardFilter, cudnnConvolutionBwdFilterAlgo, FILTER, cudnnTensorDescriptor_t, cudnnTensorDescriptor_t,
            cudnnFilterDescriptor_t, (problem{*sa, *sb, *sc, *conv}), a, c, b)
