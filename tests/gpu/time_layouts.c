/*
time_layouts.c - how fast cuDNN computes a net's convolutions channels first and channels last, in fp32 and in
TF32: time_layouts CFG [BATCH]. Prints JSON: for each different convolution its size, and for each way and
direction the milliseconds of the fastest algorithm; a direction that cuDNN does not support is missing. For
scripts/measure_device.sh: our layers keep channels first so far.
*/
#include <stdlib.h>
#include <string.h>
#include "base/calls_gpu.h"
#include "base/errors.h"
#include "base/json.h"
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "layers/math/conv_plan.h"
#include "pixelcnn/net/build_net.h"

#ifdef CUDNN
enum { MOST = 16, WORKSPACE = 256 << 20 };

typedef struct {
    cudnnTensorDescriptor_t x, y;
    cudnnFilterDescriptor_t w;
    cudnnConvolutionDescriptor_t conv;
    float *data_x, *data_y, *data_w;
    void *workspace;
} problem;

static problem open_problem(const conv_gpu *k, cudnnTensorFormat_t format, cudnnMathType_t math)
{
    problem p = {.data_x = noise_gpu((size_t)k->most * k->cin * k->h * k->w),
                 .data_y = noise_gpu(conv_gpu_floats(k)),
                 .data_w = noise_gpu((size_t)k->cout * k->cin * k->kh * k->kw),
                 .workspace = bytes_gpu(WORKSPACE)};
    CUDNN_OK(cudnnCreateTensorDescriptor(&p.x));
    CUDNN_OK(cudnnCreateTensorDescriptor(&p.y));
    CUDNN_OK(cudnnCreateFilterDescriptor(&p.w));
    CUDNN_OK(cudnnCreateConvolutionDescriptor(&p.conv));
    CUDNN_OK(cudnnSetTensor4dDescriptor(p.x, format, CUDNN_DATA_FLOAT, k->most, k->cin, k->h, k->w));
    CUDNN_OK(cudnnSetTensor4dDescriptor(p.y, format, CUDNN_DATA_FLOAT, k->most, k->cout, k->out_h, k->out_w));
    CUDNN_OK(cudnnSetFilter4dDescriptor(p.w, CUDNN_DATA_FLOAT, format, k->cout, k->cin, k->kh, k->kw));
    CUDNN_OK(cudnnSetConvolution2dDescriptor(p.conv, k->top, k->left, 1, 1, k->d, k->d, CUDNN_CROSS_CORRELATION,
                                             CUDNN_DATA_FLOAT));
    CUDNN_OK(cudnnSetConvolutionMathType(p.conv, math));
    return p;
}

static void close_problem(problem *p)
{
    CUDNN_OK(cudnnDestroyTensorDescriptor(p->x));
    CUDNN_OK(cudnnDestroyTensorDescriptor(p->y));
    CUDNN_OK(cudnnDestroyFilterDescriptor(p->w));
    CUDNN_OK(cudnnDestroyConvolutionDescriptor(p->conv));
    free_gpu(p->data_x);
    free_gpu(p->data_y);
    free_gpu(p->data_w);
    free_gpu(p->workspace);
}

/* The search lists the fastest first. It may report that there is none. The directions differ in names and
   types only. */
#define TIME(NAME, DIRECTION, PERFORMANCE, A, B, C)                                                                    \
    static void time_##NAME(json_writer *j, const problem *p)                                                          \
    {                                                                                                                  \
        PERFORMANCE r[MOST];                                                                                           \
        int n = 0;                                                                                                     \
        if (cudnnFindConvolution##DIRECTION##AlgorithmEx(cudnn_handle(), p->A, p->data_##A, p->B, p->data_##B,         \
                                                         p->conv, p->C, p->data_##C, MOST, &n, r, p->workspace,        \
                                                         WORKSPACE) != CUDNN_STATUS_SUCCESS)                           \
            return;                                                                                                    \
        for (int i = 0; i < n; ++i)                                                                                    \
            if (r[i].status == CUDNN_STATUS_SUCCESS) {                                                                 \
                json_number(j, #NAME, "%.6g", r[i].time);                                                              \
                return;                                                                                                \
            }                                                                                                          \
    }
TIME(forward, Forward, cudnnConvolutionFwdAlgoPerf_t, x, w, y)
TIME(data_gradient, BackwardData, cudnnConvolutionBwdDataAlgoPerf_t, w, y, x)
TIME(weight_gradient, BackwardFilter, cudnnConvolutionBwdFilterAlgoPerf_t, x, y, w)

static void time_convolution(json_writer *j, const conv_gpu *k)
{
    static const struct {
        const char *name;
        cudnnTensorFormat_t format;
        cudnnMathType_t math;
    } ways[] = {{"channels_first_fp32", CUDNN_TENSOR_NCHW, CUDNN_FMA_MATH},
                {"channels_first_tf32", CUDNN_TENSOR_NCHW, CUDNN_DEFAULT_MATH},
                {"channels_last_fp32", CUDNN_TENSOR_NHWC, CUDNN_FMA_MATH},
                {"channels_last_tf32", CUDNN_TENSOR_NHWC, CUDNN_DEFAULT_MATH}};
    const int sizes[] = {k->most, k->cin, k->cout, k->h, k->w, k->kh, k->kw, k->d};
    static const char *const names[] = {"images", "inputs", "outputs", "height",
                                        "width",  "rows",   "columns", "dilation"};
    json_begin(j, 0, '{');
    for (int i = 0; i < 8; ++i) json_number(j, names[i], "%d", sizes[i]);
    for (int i = 0; i < 4; ++i) {
        problem p = open_problem(k, ways[i].format, ways[i].math);
        json_begin(j, ways[i].name, '{');
        time_forward(j, &p);
        time_data_gradient(j, &p);
        time_weight_gradient(j, &p);
        json_end(j, '}');
        close_problem(&p);
    }
    json_end(j, '}');
}

/* The convolutions of a layer that cuDNN computes: at most two. */
static int convolutions_of(const layer *l, const conv_gpu *of[2])
{
    int n = 0;
    if (l->type == GATED_VSTACK && vstack_of(l)->first_gpu.plan) of[n++] = &vstack_of(l)->first_gpu;
    if (l->type == GATED_VSTACK && vstack_of(l)->conv_gpu.plan) of[n++] = &vstack_of(l)->conv_gpu;
    if (l->type == GATED_HSTACK && hstack_of(l)->conv_gpu.plan) of[n++] = &hstack_of(l)->conv_gpu;
    return n;
}

int main(int argc, char **argv)
{
    json_writer j = {.to = stdout};
    const struct conv_plan *seen[64] = {0}; // one plan for all convolutions of a size
    int nseen = 0;
    if (argc < 2) die("usage: time_layouts CFG [BATCH]");
    open_device(0);
    network *net = parse_pixelcnn_cfg(argv[1], (net_overrides){.batch = argc > 2 ? atoi(argv[2]) : 16, .training = 1});
    json_begin(&j, 0, '[');
    for (int i = 0; i < net->n; ++i) {
        const conv_gpu *of[2];
        for (int k = 0, n = convolutions_of(net->layers + i, of); k < n; ++k) {
            int known = 0;
            for (int s = 0; s < nseen; ++s) known |= seen[s] == of[k]->plan;
            if (known || nseen == 64) continue;
            seen[nseen++] = of[k]->plan;
            time_convolution(&j, of[k]);
        }
    }
    json_end(&j, ']');
    free_network(net);
    return 0;
}
#else
int main(void) { die("time_layouts needs CUDNN=1"); }
#endif
