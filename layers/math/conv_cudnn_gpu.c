/*
conv_cudnn_gpu.c - convolutions on the device by cuDNN. See conv_plan.h.

The fastest algorithm is found by measurement, once for each device and size of convolution, among those
whose workspace is within the limit; with -deterministic by cuDNN's heuristics, because the winner of a
measurement can change from run to run. Products use 32-bit floats (CUDNN_FMA_MATH) unless -tf32 asks for
tensor cores.
*/
#ifdef CUDNN
#include <pthread.h>
#include "base/calls_gpu.h"
#include "base/memory.h"
#include "base/memory_gpu.h"
#include "base/random.h"
#include "layers/math/blas_gpu.h"
#include "layers/math/conv_kernels.h"
#include "layers/math/conv_plan.h"

typedef struct conv_plan {
    conv_gpu size;
    int device;
    device_math_options math;
    cudnnTensorDescriptor_t x, y;
    cudnnFilterDescriptor_t w;
    cudnnConvolutionDescriptor_t conv;
    cudnnConvolutionFwdAlgo_t forward;
    cudnnConvolutionBwdDataAlgo_t data;
    cudnnConvolutionBwdFilterAlgo_t weights;
    size_t bytes; // of workspace, the most of the three
    int usable;   // 0: cuDNN has no algorithm for one of them
    struct conv_plan *next;
} conv_plan;

/* Pads both sides by what is read before the image, which is never less than what is read after it, so that
   the part of y that is used starts at its first row and column. Returns 0 where padding exceeds the kernel
   (mask a: columns c-d and before), which cuDNN does not promise to support. */
static int pad(conv_gpu *k)
{
    int tall = (k->kh - 1) * k->d, wide = (k->kw - 1) * k->d;
    if (k->top > tall || k->left > wide || 2 * k->top < tall || 2 * k->left < wide) return 0;
    k->out_h = k->h + 2 * k->top - tall;
    k->out_w = k->w + 2 * k->left - wide;
    return 1;
}

static void describe(conv_plan *p)
{
    const conv_gpu *k = &p->size;
    CUDNN_OK(cudnnCreateTensorDescriptor(&p->x));
    CUDNN_OK(cudnnCreateTensorDescriptor(&p->y));
    CUDNN_OK(cudnnCreateFilterDescriptor(&p->w));
    CUDNN_OK(cudnnCreateConvolutionDescriptor(&p->conv));
    CUDNN_OK(cudnnSetTensor4dDescriptor(p->x, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, k->most, k->cin, k->h, k->w));
    CUDNN_OK(
        cudnnSetTensor4dDescriptor(p->y, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, k->most, k->cout, k->out_h, k->out_w));
    CUDNN_OK(cudnnSetFilter4dDescriptor(p->w, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, k->cout, k->cin, k->kh, k->kw));
    CUDNN_OK(cudnnSetConvolution2dDescriptor(p->conv, k->top, k->left, 1, 1, k->d, k->d, CUDNN_CROSS_CORRELATION,
                                             CUDNN_DATA_FLOAT));
    CUDNN_OK(cudnnSetConvolutionMathType(p->conv, p->math.tf32 ? CUDNN_DEFAULT_MATH : CUDNN_FMA_MATH));
}

/* What cuDNN measures on. */
typedef struct {
    float *x, *y, *w, *workspace;
} trial;

enum { MOST = 16 }; // algorithms that are considered

/* cuDNN may report that it supports none. */
static void check_search(cudnnStatus_t status)
{
    if (status / 1000 != CUDNN_STATUS_NOT_SUPPORTED / 1000) CUDNN_OK(status);
}

/* Defines choose_ALGO(): p->ALGO becomes the fastest algorithm of one direction, which reads the arrays A and
   B and writes C, among those that work within the limits; the search lists the fastest first. Returns 0 if
   there is none. The three directions differ in names and types only. */
#define CHOOSE(ALGO, DIRECTION, PERFORMANCE, A, B, C)                                                                  \
    static int choose_##ALGO(conv_plan *p, trial t)                                                                    \
    {                                                                                                                  \
        cudnnHandle_t cudnn = cudnn_handle();                                                                          \
        PERFORMANCE r[MOST];                                                                                           \
        int n = 0;                                                                                                     \
        check_search(p->math.deterministic                                                                             \
                         ? cudnnGetConvolution##DIRECTION##Algorithm_v7(cudnn, p->A, p->B, p->conv, p->C, MOST, &n, r) \
                         : cudnnFindConvolution##DIRECTION##AlgorithmEx(cudnn, p->A, t.A, p->B, t.B, p->conv, p->C,    \
                                                                        t.C, MOST, &n, r, t.workspace,                 \
                                                                        workspace_limit));                             \
        for (int i = 0; i < n; ++i) {                                                                                  \
            size_t size = 0;                                                                                           \
            if (r[i].status != CUDNN_STATUS_SUCCESS) continue;                                                         \
            if (p->math.deterministic && r[i].determinism != CUDNN_DETERMINISTIC) continue;                            \
            if (cudnnGetConvolution##DIRECTION##WorkspaceSize(cudnn, p->A, p->B, p->conv, p->C, r[i].algo, &size) ||   \
                size > workspace_limit)                                                                                \
                continue;                                                                                              \
            p->ALGO = r[i].algo;                                                                                       \
            if (size > p->bytes) p->bytes = size;                                                                      \
            return 1;                                                                                                  \
        }                                                                                                              \
        return 0;                                                                                                      \
    }
CHOOSE(forward, Forward, cudnnConvolutionFwdAlgoPerf_t, x, w, y)
CHOOSE(data, BackwardData, cudnnConvolutionBwdDataAlgoPerf_t, w, y, x)
CHOOSE(weights, BackwardFilter, cudnnConvolutionBwdFilterAlgoPerf_t, x, y, w)

float *noise_gpu(size_t n)
{
    float *host = checked_calloc(n, sizeof(float)), *device = floats_gpu(n);
    for (size_t i = 0; i < n; ++i) host[i] = 2 * random_unit(1, STREAM_INIT, i, 0) - 1;
    push_gpu(device, host, n);
    free(host);
    return device;
}

static int choose_algorithms(conv_plan *p)
{
    const conv_gpu *k = &p->size;
    trial t = {.x = noise_gpu((size_t)k->most * k->cin * k->h * k->w),
               .y = noise_gpu(conv_gpu_floats(k)),
               .w = noise_gpu(conv_gpu_weights(k)),
               .workspace = bytes_gpu(workspace_limit)};
    int found = choose_forward(p, t) && choose_data(p, t) && choose_weights(p, t);
    free_gpu(t.x);
    free_gpu(t.y);
    free_gpu(t.w);
    free_gpu(t.workspace);
    return found;
}

static int same_size(const conv_gpu *a, const conv_gpu *b)
{
    return a->most == b->most && a->cin == b->cin && a->cout == b->cout && a->h == b->h && a->w == b->w &&
           a->kh == b->kh && a->kw == b->kw && a->d == b->d && a->top == b->top && a->left == b->left;
}

/* The device's plan for a padded size. All are kept for the life of the program: one search for all layers
   and nets. */
static conv_plan *plan_of(const conv_gpu *k)
{
    static conv_plan *known;
    int device;
    CUDA_OK(cudaGetDevice(&device));
    for (conv_plan *p = known; p; p = p->next)
        if (p->device == device && same_size(&p->size, k) && p->math.tf32 == device_math.tf32 &&
            p->math.deterministic == device_math.deterministic)
            return p;
    conv_plan *p = checked_calloc(1, sizeof *p);
    *p = (conv_plan){.size = *k, .device = device, .math = device_math, .next = known};
    describe(p);
    p->usable = choose_algorithms(p);
    return known = p;
}

void plan_conv_gpu(conv_gpu *k)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    conv_gpu padded = *k;
    if (!pad(&padded)) return;
    pthread_mutex_lock(&one_at_a_time);
    conv_plan *p = plan_of(&padded);
    pthread_mutex_unlock(&one_at_a_time);
    if (!p->usable) return;
    *k = padded;
    k->plan = p;
    /* A masked gradient of the weights is computed in the workspace, and added to the update from there. */
    k->workspace = aligned_gpu(conv_gpu_weights(k)) + aligned_gpu(p->bytes / sizeof(float) + 1);
}

void plan_forward_gpu(const conv_gpu *k, const float *x, const param *w, float *y, float *workspace)
{
    const conv_plan *p = k->plan;
    float one = 1, zero = 0;
    CUDNN_OK(cudnnConvolutionForward(cudnn_handle(), &one, p->x, x, p->w, w->value_gpu, p->conv, p->forward, workspace,
                                     p->bytes, &zero, p->y, y));
}

void plan_backward_data_gpu(const conv_gpu *k, const param *w, const float *dy, int add, float *dx, float *workspace)
{
    const conv_plan *p = k->plan;
    float one = 1, beta = add;
    CUDNN_OK(cudnnConvolutionBackwardData(cudnn_handle(), &one, p->w, w->value_gpu, p->y, dy, p->conv, p->data,
                                          workspace, p->bytes, &beta, p->x, dx));
}

/* A plan sums over as many images as it was made for. */
void plan_backward_weights_gpu(const conv_gpu *k, int batch, const float *x, float *dy, const param *w,
                               float *workspace)
{
    const conv_plan *p = k->plan;
    size_t image = k->cout * conv_gpu_plane(k);
    if (batch < k->most) zero_gpu(dy + batch * image, (k->most - batch) * image);
    float one = 1, beta = w->allowed ? 0 : 1, *dw = w->allowed ? take_gpu(&workspace, w->n) : w->update_gpu;
    CUDNN_OK(cudnnConvolutionBackwardFilter(cudnn_handle(), &one, p->x, x, p->y, dy, p->conv, p->weights, workspace,
                                            p->bytes, &beta, p->w, dw));
    if (w->allowed) add_images_gpu(1, w->n, dw, w->allowed_gpu, w->update_gpu);
}
#endif
