#include <math.h>
#include "base/calls_gpu.h"
#include "layers/math/fourier_math.h"
#include "layers/math/levels.h"
#include "pixelcnn/sample/draw_kernels.h"
#include "pixelcnn/sample/draw_level.h"
#include "pixelcnn/sample/lanes_gpu.h"
#include "pixelcnn/sample/plan_gpu.h"

/* A chain of launches that is captured at its second use. At the first, its kernels are loaded, which a
   capture may forbid. */
typedef struct {
    void (*chain)(const lanes_gpu *s);
    int has_run;
    cudaGraphExec_t graph;
} recorded;

struct lanes_gpu {
    const packed_net *p;
    plan_gpu *plan;
    draw_plan draw;
    sample_request request;
    cudaStream_t stream;
    draw_request *on_device; // on the device, as are the next three: what the draws read and write
    unsigned char *keep;     // (H,W)
    unsigned char *drawn;
    double *nll;
    int most, graphs;
    recorded row, pixel;
};

static int lanes_of(const sample_request *w) { return w->labels && w->guidance != 0 ? 2 * w->n : w->n; }

/* ---- chains of kernels ---- */

static void run(const lanes_gpu *s, const launch *k)
{
    if (k->m.outputs) run_affine_gpu(&k->m, k->gated, s->stream);
}

static void embed_row(const lanes_gpu *s, int back)
{
    spatial_label of = s->plan->spatial;
    of.back = back;
    embed_row_gpu(&of, s->stream);
}

/* Label terms of the layers that are computed row by row, or of those that are value by value. */
static void label_terms(const lanes_gpu *s, int of_rows)
{
    for (int i = 0; i < s->p->n; ++i)
        if ((s->plan->layers[i].row[1].m.outputs > 0) == of_rows) run(s, &s->plan->layers[i].term);
}

static void open_row(const lanes_gpu *s)
{
    open_row_gpu(&s->draw, s->stream);
    if (!s->plan->spatial.e) return;
    embed_row(s, 0);
    label_terms(s, 0);
}

/* Row 0: no row above, only biases and labels. */
static void first_row(const lanes_gpu *s)
{
    open_row(s);
    for (int i = 0; i < s->p->n; ++i) {
        launch start = s->plan->layers[i].take;
        start.m.down = 0;
        run(s, &start);
    }
    put_given_gpu(&s->draw, s->stream);
}

/* What reads the inner array of layer i, whose row is complete. */
static void take_row(const lanes_gpu *s, int i)
{
    for (int k = 0; k < s->p->n; ++k) {
        const source_list *sources = s->p->layers[k].sources;
        for (int j = 0; j < sources->n; ++j)
            if (sources->source[j].from == i && sources->source[j].array == INNER) run(s, &s->plan->layers[k].take);
    }
}

/* The vertical stack of the row above, and what the horizontal stack reads of it. Given values come last:
   they replace the earliest row that the vertical stack reads. */
static void later_row(const lanes_gpu *s)
{
    open_row(s);
    if (s->plan->spatial.e) {
        embed_row(s, 1);
        label_terms(s, 1);
    }
    for (int i = 0; i < s->p->n; ++i) {
        const plan_layer *l = s->plan->layers + i;
        if (!l->row[1].m.outputs) continue;
        run(s, &l->row[0]);
        run(s, &l->row[1]);
        take_row(s, i);
    }
    put_given_gpu(&s->draw, s->stream);
}

static void evaluate_value(const lanes_gpu *s, int colour)
{
    for (int i = 0; i < s->p->n; ++i)
        for (int k = 0; k < 2; ++k) run(s, &s->plan->layers[i].value[colour][k]);
}

static void whole_pixel(const lanes_gpu *s)
{
    for (int k = 0; k < s->p->colours; ++k) {
        evaluate_value(s, k);
        draw_value_gpu(&s->draw, k, s->stream);
    }
}

/* ---- graphs ---- */

/* The arguments of cudaGraphInstantiate changed with CUDA 12. */
static cudaError_t instantiate(cudaGraphExec_t *exec, cudaGraph_t graph)
{
#if CUDART_VERSION >= 12000
    return cudaGraphInstantiate(exec, graph, 0);
#else
    return cudaGraphInstantiate(exec, graph, 0, 0, 0);
#endif
}

/* Captures a chain; after a failure, nothing is captured any more. */
static void capture(lanes_gpu *s, recorded *r)
{
    cudaGraph_t graph = 0;
    cudaError_t status = cudaStreamBeginCapture(s->stream, cudaStreamCaptureModeThreadLocal);
    if (status == cudaSuccess) {
        hold_launch_errors();
        r->chain(s);
        cudaError_t launches = release_launch_errors();
        status = cudaStreamEndCapture(s->stream, &graph);
        if (launches != cudaSuccess) status = launches;
    }
    if (status == cudaSuccess) status = instantiate(&r->graph, graph);
    if (graph) cudaGraphDestroy(graph);
    if (status == cudaSuccess) return;
    cudaGetLastError(); // clears it for later calls
    s->graphs = 0;
    r->graph = 0;
}

static void replay(lanes_gpu *s, recorded *r)
{
    if (s->graphs && !r->graph && r->has_run) capture(s, r);
    if (r->graph)
        CUDA_OK(cudaGraphLaunch(r->graph, s->stream));
    else
        r->chain(s);
    r->has_run = 1;
}

static void forget(recorded *r)
{
    if (r->graph) CUDA_OK(cudaGraphExecDestroy(r->graph));
}

/* ---- life ---- */

/* Whole sectors of memory, if there are enough lanes to fill them. */
static int pitch(int lanes) { return lanes < 8 ? lanes : (lanes + 7) / 8 * 8; }

/* (levels, features): the input of the stacks for each level. */
static const float *level_inputs(plan_gpu *plan, int levels, int octaves)
{
    int width = fourier_width(octaves), n = levels * width;
    float x[MOST_LEVELS * (1 + 2 * MOST_OCTAVES)], *device = plan_bytes_gpu(plan, n * sizeof(float));
    for (int q = 0; q < levels; ++q) fourier_features(input_of_level(q, levels), octaves, x + q * width, 1);
    push_gpu(device, x, n);
    return device;
}

lanes_gpu *make_lanes_gpu(const packed_net *p, int most, int graphs)
{
    lanes_gpu *s = checked_calloc(1, sizeof *s);
    size_t plane = (size_t)p->h * p->w;
    s->p = p;
    s->most = most;
    s->graphs = graphs;
    s->row.chain = later_row;
    s->pixel.chain = whole_pixel;
    plan_gpu *plan = s->plan = make_plan_gpu(p, pitch(most));
    s->on_device = plan_bytes_gpu(plan, sizeof *s->on_device);
    s->keep = plan_bytes_gpu(plan, plane);
    s->drawn = plan_bytes_gpu(plan, most * plane * p->colours);
    s->nll = plan_bytes_gpu(plan, most * sizeof(double));
    s->draw = (draw_plan){.at = plan->at,
                          .request = s->on_device,
                          .colours = p->colours,
                          .height = p->h,
                          .width = p->w,
                          .levels = p->levels,
                          .lanes = plan->lanes,
                          .keep = s->keep,
                          .drawn = s->drawn,
                          .nll = s->nll,
                          .features = group_floats(p->seen),
                          .inputs = level_inputs(plan, p->levels, p->octaves),
                          .logits = plan->layers[p->n - 1].kept,
                          .image = plan->image};
    CUDA_OK(cudaStreamCreateWithFlags(&s->stream, cudaStreamNonBlocking));
    CUDA_OK(cudaDeviceSynchronize()); // the stream does not wait for copies and zeroing
    return s;
}

void free_lanes_gpu(lanes_gpu *s)
{
    forget(&s->row);
    forget(&s->pixel);
    CUDA_OK(cudaStreamDestroy(s->stream));
    free_plan_gpu(s->plan);
    free(s);
}

int lanes_use_graphs_gpu(const lanes_gpu *s) { return s->graphs; }

/* ---- images ---- */

static void push_async(const lanes_gpu *s, void *to, const void *from, size_t bytes)
{
    CUDA_OK(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, s->stream));
}

/* Pushes t (K, lanes), and computes what depends on it for the whole image. */
static void set_labels(const lanes_gpu *s)
{
    const packed_net *p = s->p;
    if (!p->embed) return;
    int classes = p->embed->classes, lanes = s->plan->lanes;
    float *t = checked_calloc((size_t)classes * lanes, sizeof(float));
    for (int i = 0; s->request.labels && i < s->request.n; ++i)
        for (int k = 0; k < classes; ++k) t[(size_t)k * lanes + i] = s->request.labels[(size_t)i * classes + k];
    push_async(s, s->plan->t.x, t, (size_t)classes * lanes * sizeof(float));
    CUDA_OK(cudaStreamSynchronize(s->stream));
    free(t);
    if (s->plan->spatial.e) return;
    if (s->plan->embed.outputs) run_affine_gpu(&s->plan->embed, 0, s->stream);
    label_terms(s, 1);
    label_terms(s, 0);
}

void start_images_gpu(lanes_gpu *s, const sample_request *w, const unsigned char *levels)
{
    const packed_net *p = s->p;
    const plan_gpu *plan = s->plan;
    size_t plane = (size_t)p->h * p->w;
    draw_request d = {.n = w->n,
                      .guided = lanes_of(w) > w->n,
                      .has_keep = w->keep != 0,
                      .first = w->first,
                      .seed = w->seed,
                      .temperature = w->temperature,
                      .guidance = w->guidance};
    draw_position start = {.row = -1};
    s->request = *w;
    CUDA_OK(cudaMemsetAsync(plan->rings.base, 0, plan->rings.floats * sizeof(float), s->stream));
    CUDA_OK(cudaMemsetAsync(s->nll, 0, w->n * sizeof(double), s->stream));
    push_async(s, s->on_device, &d, sizeof d);
    push_async(s, plan->at, &start, sizeof start);
    if (w->keep) push_async(s, s->keep, w->keep, plane);
    if (w->keep) push_async(s, s->drawn, levels, w->n * plane * p->colours);
    set_labels(s);
    CUDA_OK(cudaStreamSynchronize(s->stream)); // d and start are local
}

void start_row_gpu(lanes_gpu *s, int r)
{
    if (r == 0)
        first_row(s);
    else
        replay(s, &s->row);
}

void draw_pixel_gpu(lanes_gpu *s) { replay(s, &s->pixel); }

void draw_pixel_logits_gpu(lanes_gpu *s, float *logits)
{
    const packed_net *p = s->p;
    int lanes = s->plan->lanes, channels = p->colours * p->levels;
    float *x = checked_calloc((size_t)channels * lanes, sizeof(float));
    whole_pixel(s);
    CUDA_OK(cudaStreamSynchronize(s->stream));
    pull_gpu(s->draw.logits.x, x, (size_t)channels * lanes);
    for (int i = 0; i < lanes_of(&s->request); ++i)
        for (int c = 0; c < channels; ++c) logits[(size_t)i * channels + c] = x[(size_t)c * lanes + i];
    free(x);
}

void end_images_gpu(lanes_gpu *s, unsigned char *levels)
{
    const sample_request *w = &s->request;
    size_t values = (size_t)s->p->h * s->p->w * s->p->colours;
    CUDA_OK(cudaMemcpyAsync(levels, s->drawn, w->n * values, cudaMemcpyDeviceToHost, s->stream));
    double *nll = checked_calloc(w->n, sizeof(double));
    CUDA_OK(cudaMemcpyAsync(nll, s->nll, w->n * sizeof(double), cudaMemcpyDeviceToHost, s->stream));
    CUDA_OK(cudaStreamSynchronize(s->stream));
    for (int i = 0; i < w->n; ++i)
        if (isnan(nll[i]))
            die_with_status(3, "image %d: a logit is NaN or infinite; the weights are too large", w->first + i);
    if (w->nll) memcpy(w->nll, nll, w->n * sizeof(double));
    free(nll);
}
