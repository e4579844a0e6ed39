#include <math.h>
#include <string.h>
#include "base/calls_gpu.h"
#include "base/errors.h"
#include "pixelcnn/sample/lanes_gpu.h"
#include "pixelcnn/sample/plan_gpu.h"

struct lanes_gpu {
    const packed_net *p;
    plan_gpu *plan;
    row_walk walk;
    sample_request request;
    lanes_gpu_options options;
    cudaStream_t stream;
    int most, graphs;
    int has_run; // a row that the graph could be of
    cudaGraphExec_t row;
    draw_request *on_device; // on the device, as are the next five: what the draws read and write
    unsigned char *keep;     // (H,W)
    int *drawn_columns;      // (H)
    unsigned char *drawn;
    double *nll;
};

static int is_guided(const sample_request *w) { return w->labels && w->guidance != 0; }

/* The lane of image i; with guidance, the next one is its twin without label. */
static int lane_of(const sample_request *w, int i) { return is_guided(w) ? 2 * i : i; }

/* ---- chains of kernels ---- */

static void run(const lanes_gpu *s, const row_launch *l)
{
    if (l->m.outputs) run_map_gpu(&l->m, s->stream);
}

static void embed_row(const lanes_gpu *s, int back)
{
    label_row of = s->plan->embed;
    of.back = back;
    if (of.size) embed_row_gpu(&of, s->stream);
}

/* Label terms of the layers that are computed row by row, or of those that are value by value. */
static void label_terms(const lanes_gpu *s, int of_rows)
{
    for (int i = 0; i < s->p->n; ++i)
        if ((s->plan->layers[i].row[1].m.outputs > 0) == of_rows) run(s, &s->plan->layers[i].term);
}

static void open_row(const lanes_gpu *s)
{
    open_row_gpu(s->plan->at, s->stream);
    if (!is_spatial(s->p)) return;
    embed_row(s, 0);
    label_terms(s, 0);
}

static void walk_row(const lanes_gpu *s)
{
    walk_row_gpu(&s->walk, s->options.lanes_a_block, s->stream);
    if (s->options.nats) count_nats_gpu(&s->walk, s->most / (s->options.twins ? 2 : 1), s->stream);
}

/* Row 0: no row above, only biases and labels. */
static void first_row(const lanes_gpu *s)
{
    open_row(s);
    for (int i = 0; i < s->p->n; ++i) {
        row_launch start = s->plan->layers[i].take;
        start.m.nruns = 0;
        run(s, &start);
    }
    walk_row(s);
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

/* The vertical stack of the row above, and what the horizontal stack reads of it, then the row. */
static void later_row(const lanes_gpu *s)
{
    open_row(s);
    if (is_spatial(s->p)) {
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
    walk_row(s);
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

/* Captures a row; after a failure, nothing is captured any more. */
static void capture(lanes_gpu *s)
{
    cudaGraph_t graph = 0;
    cudaError_t status = cudaStreamBeginCapture(s->stream, cudaStreamCaptureModeThreadLocal);
    if (status == cudaSuccess) {
        hold_launch_errors();
        later_row(s);
        cudaError_t launches = release_launch_errors();
        status = cudaStreamEndCapture(s->stream, &graph);
        if (launches != cudaSuccess) status = launches;
    }
    if (status == cudaSuccess) status = instantiate(&s->row, graph);
    if (graph) cudaGraphDestroy(graph);
    if (status == cudaSuccess) return;
    cudaGetLastError(); // clears it for later calls
    s->graphs = 0;
    s->row = 0;
}

/* Runs plainly at first: then its kernels are loaded, which a capture may forbid. */
static void replay(lanes_gpu *s)
{
    if (s->graphs && !s->row && s->has_run) capture(s);
    if (s->row)
        CUDA_OK(cudaGraphLaunch(s->row, s->stream));
    else
        later_row(s);
    s->has_run = 1;
}

/* ---- life ---- */

static int attribute(enum cudaDeviceAttr a)
{
    int device, value;
    CUDA_OK(cudaGetDevice(&device));
    CUDA_OK(cudaDeviceGetAttribute(&value, a, device));
    return value;
}

/* A block alone on its multiprocessor streams the weights about as fast as half of the blocks together can
   (docs/dev/kernels.md). */
static int lanes_a_block(int lanes)
{
    int n = 1, processors = attribute(cudaDevAttrMultiProcessorCount);
    while (n < MOST_ROW_LANES && lanes > n * processors / 2) n *= 2;
    return n;
}

/* Fewer lanes a block where shared memory does not hold that many; where it does not hold the least, features
   are outside. */
static void choose_block(lanes_gpu *s, int least)
{
    size_t shared = attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin);
    int n = s->options.lanes_a_block;
    if (!n) n = lanes_a_block(s->most);
    if (n < least) n = least;
    while (n > least && row_shared_bytes(&s->plan->walk, n) > shared) n /= 2;
    if (row_shared_bytes(&s->plan->walk, n) > shared) s->options.outside = 1;
    s->options.lanes_a_block = n;
}

/* Of a lane. */
static size_t row_logits(const packed_net *p) { return (size_t)p->w * p->colours * p->levels; }

static void open_walk(lanes_gpu *s)
{
    const packed_net *p = s->p;
    plan_gpu *plan = s->plan;
    row_walk *w = &s->walk;
    int n = s->options.lanes_a_block;
    size_t plane = (size_t)p->h * p->w;
    open_plan_gpu(plan, padded(s->most, n));
    *w = plan->walk;
    w->request = s->on_device = plan_bytes_gpu(plan, sizeof *s->on_device);
    w->keep = s->keep = plan_bytes_gpu(plan, plane);
    w->drawn_columns = s->drawn_columns = plan_bytes_gpu(plan, p->h * sizeof(int));
    w->drawn = s->drawn = plan_bytes_gpu(plan, s->most * plane * p->colours);
    w->nll = s->nll = plan_bytes_gpu(plan, s->most * sizeof(double));
    if (s->options.outside) w->memory = plan_bytes_gpu(plan, w->lanes / n * row_memory_floats(w, n) * sizeof(float));
    if (s->options.nats) w->logits = plan_bytes_gpu(plan, w->lanes * row_logits(p) * sizeof(float));
    prepare_row_gpu(w, n);
}

/* As many lanes, or pairs of twins, as fit into half of the free memory. */
static int lanes_that_fit(const lanes_gpu *s, int n)
{
    size_t left = 0, all = 0;
    int least = s->options.twins ? 2 : 1;
    size_t each = (s->plan->lane_floats + s->plan->walk_floats + row_logits(s->p)) * sizeof(float);
    CUDA_OK(cudaMemGetInfo(&left, &all));
    while (n > least && n * each > left / 2) n = padded((n + 1) / 2, least);
    return n;
}

lanes_gpu *make_lanes_gpu(const packed_net *p, int most, lanes_gpu_options o)
{
    lanes_gpu *s = checked_calloc(1, sizeof *s);
    s->p = p;
    s->options = o;
    s->graphs = !o.plain;
    s->plan = make_plan_gpu(p);
    s->most = lanes_that_fit(s, most);
    choose_block(s, o.twins ? 2 : 1);
    open_walk(s);
    CUDA_OK(cudaStreamCreateWithFlags(&s->stream, cudaStreamNonBlocking));
    CUDA_OK(cudaDeviceSynchronize()); // the stream does not wait for copies and zeroing
    return s;
}

void free_lanes_gpu(lanes_gpu *s)
{
    if (s->row) CUDA_OK(cudaGraphExecDestroy(s->row));
    CUDA_OK(cudaStreamDestroy(s->stream));
    free_plan_gpu(s->plan);
    free(s);
}

int lanes_at_once_gpu(const lanes_gpu *s) { return s->most; }

int lanes_use_graphs_gpu(const lanes_gpu *s) { return s->graphs; }

/* ---- images ---- */

static void push_async(const lanes_gpu *s, void *to, const void *from, size_t bytes)
{
    CUDA_OK(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, s->stream));
}

/* Pushes t (lanes, K), and computes what depends on it for the whole image. */
static void set_labels(const lanes_gpu *s)
{
    const packed_net *p = s->p;
    if (!p->embed) return;
    size_t classes = p->embed->classes, lane = s->plan->t.lane, n = s->plan->lanes * lane;
    float *t = checked_calloc(n, sizeof(float));
    for (int i = 0; s->request.labels && i < s->request.n; ++i)
        memcpy(t + lane_of(&s->request, i) * lane, s->request.labels + i * classes, classes * sizeof(float));
    push_async(s, features_gpu(s->plan, s->plan->t).x, t, n * sizeof(float));
    CUDA_OK(cudaStreamSynchronize(s->stream));
    free(t);
    if (is_spatial(p)) return;
    embed_row(s, 0);
    label_terms(s, 1);
    label_terms(s, 0);
}

/* Given pixels are evaluated up to the last that is drawn in their row. */
static void push_columns(const lanes_gpu *s, const unsigned char *keep)
{
    const packed_net *p = s->p;
    int *columns = checked_calloc(p->h, sizeof(int));
    for (int r = 0; r < p->h; ++r) {
        columns[r] = p->w;
        while (columns[r] && keep[r * p->w + columns[r] - 1]) --columns[r];
    }
    push_async(s, s->drawn_columns, columns, p->h * sizeof(int));
    CUDA_OK(cudaStreamSynchronize(s->stream));
    free(columns);
}

void start_images_gpu(lanes_gpu *s, const sample_request *w, const unsigned char *levels)
{
    const packed_net *p = s->p;
    const plan_gpu *plan = s->plan;
    size_t plane = (size_t)p->h * p->w;
    draw_request d = {.n = w->n,
                      .guided = is_guided(w),
                      .has_keep = w->keep != 0,
                      .first = w->first,
                      .seed = w->seed,
                      .temperature = w->temperature,
                      .guidance = w->guidance};
    draw_position start = {.row = -1};
    s->request = *w;
    CUDA_OK(cudaMemsetAsync(plan->rows, 0, plan->lane_floats * plan->lanes * sizeof(float), s->stream));
    CUDA_OK(cudaMemsetAsync(s->nll, 0, w->n * sizeof(double), s->stream));
    push_async(s, s->on_device, &d, sizeof d);
    push_async(s, plan->at, &start, sizeof start);
    if (w->keep) push_async(s, s->keep, w->keep, plane);
    if (w->keep) push_async(s, s->drawn, levels, w->n * plane * p->colours);
    if (w->keep) push_columns(s, w->keep);
    set_labels(s);
    CUDA_OK(cudaStreamSynchronize(s->stream)); // d and start are local
}

void draw_row_gpu(lanes_gpu *s, int r)
{
    if (r == 0)
        first_row(s);
    else
        replay(s);
}

void draw_row_logits_gpu(lanes_gpu *s, int r, float *logits)
{
    const sample_request *w = &s->request;
    size_t each = row_logits(s->p), n = s->plan->lanes * each;
    float *x = checked_calloc(n, sizeof(float));
    s->walk.all_columns = 1;
    (r ? later_row : first_row)(s);
    s->walk.all_columns = 0;
    CUDA_OK(cudaStreamSynchronize(s->stream));
    pull_gpu(s->walk.logits, x, n);
    for (int i = 0; i < w->n; ++i)
        for (int twin = 0; twin <= is_guided(w); ++twin)
            memcpy(logits + (twin * w->n + i) * each, x + (lane_of(w, i) + twin) * each, each * sizeof(float));
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
    if (w->nll) memcpy(w->nll, nll, w->n * sizeof(double)); // made with options.nats
    free(nll);
}
