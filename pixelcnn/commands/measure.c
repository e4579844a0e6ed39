/*
measure.c - what `pixelcnn bench` measures. See bench.h.

A machine's speed wavers by the second. What is to be compared is therefore measured in turns: training with
the matrix product's peak, sampling with forward passes.
*/
#include "layers/gated.h"
#include "pixelcnn/commands/bench.h"
#include "pixelcnn/commands/gemm_peak.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/net/build_net.h"
#ifdef GPU
#include "base/calls_gpu.h"
#endif
#include "base/threads.h"
#include "layers/label_embed_layer.h"
#include "pixelcnn/commands/peak_memory.h"
#include "pixelcnn/commands/timing.h"
#include "pixelcnn/data/random_rows.h"
#include "pixelcnn/sample/sampler.h"

#define TURNS 5

typedef struct {
    network *net;
    network *single; // for one image, on a device, where a convolution goes through all the images that it is made for
    const char *cfg;
    int batch;
    data rows;     // of one batch
    float *labels; // (n,classes) of the most images that are drawn; NULL for a net without label
    unsigned char *levels;
} subject;

static void train_batch(void *context)
{
    subject *s = context;
    train_network(s->net, s->rows);
}

static void pass_batch(void *context)
{
    subject *s = context;
    network_predict(s->net, s->net->input);
}

static void pass_one(void *context)
{
    subject *s = context;
    network *net = s->single ? s->single : s->net;
    int batch = net->batch;
    set_batch_network(net, 1);
    network_predict(net, s->net->input);
    set_batch_network(net, batch);
}

static void draw(subject *s, int images)
{
    sample_cached(s->net, (sample_request){.n = images, .seed = 1, .temperature = 1, .labels = s->labels}, s->levels);
}

static void draw_batch(void *context) { draw(context, ((subject *)context)->batch); }
static void draw_one(void *context) { draw(context, 1); }
static void draw_many(void *context) { draw(context, MANY_IMAGES); }

static double take_median(timings *t)
{
    double m = median_timing(t);
    free_timings(t);
    return m;
}

/* Bytes of the device's memory that are taken, by whomever. */
static double used_device_memory(const network *net)
{
#ifdef GPU
    size_t left = 0, all = 0;
    if (net->gpu_index >= 0) CUDA_OK(cudaMemGetInfo(&left, &all));
    return all - left;
#else
    (void)net;
    return 0;
#endif
}

static void measure_training(subject *s, double seconds, bench_times *b)
{
    timings update = {0};
    gemm_peak *peak = open_gemm_peak(s->net);
    train_batch(s);
    for (int i = 0; i < TURNS; ++i) {
        time_work(&update, train_batch, s, seconds / TURNS);
        repeat_gemm_peak(peak);
    }
    b->update = take_median(&update);
    b->gemm_flops = gemm_peak_flops(peak);
    close_gemm_peak(peak);
    b->layers = time_layers(s->net, seconds);
    b->device_memory = used_device_memory(s->net);
}

static void measure_sampling(subject *s, double seconds, bench_times *b)
{
    enum { PASS, PASS_1, DRAW, DRAW_1, KINDS };
    void (*const work[KINDS])(void *) = {pass_batch, pass_one, draw_batch, draw_one};
    double *const result[KINDS] = {&b->pass, &b->pass_1, &b->sample, &b->sample_1};
    timings t[KINDS] = {0}, many = {0};
    get_next_batch(s->rows, s->batch, 0, s->net->input, s->net->truth);
    if (s->net->gpu_index >= 0) s->single = parse_pixelcnn_cfg(s->cfg, (net_overrides){.batch = 1});
    for (int k = 0; k < KINDS; ++k) work[k](s);
    for (int i = 0; i < TURNS; ++i)
        for (int k = 0; k < KINDS; ++k) time_work(t + k, work[k], s, seconds / TURNS);
    for (int k = 0; k < KINDS; ++k) *result[k] = take_median(t + k);
    time_work(&many, draw_many, s, seconds);
    b->sample_many = take_median(&many);
}

static subject open_subject(network *net, const char *cfg, int batch)
{
    label_embed *label = label_of(net);
    int most = batch > MANY_IMAGES ? batch : MANY_IMAGES;
    subject s = {.net = net, .cfg = cfg, .batch = batch, .rows = random_rows(net, batch)};
    s.levels = checked_calloc((size_t)most * net->truths, 1);
    if (label) s.labels = checked_calloc((size_t)most * label->classes, sizeof(float));
    for (int i = 0; label && i < most; ++i)
        one_hot_label(s.labels + (size_t)i * label->classes, label->classes, i % label->classes);
    return s;
}

static void close_subject(subject *s)
{
    if (s->single) free_network(s->single);
    free_data(s->rows);
    free(s->labels);
    free(s->levels);
}

bench_times measure(network **net, const char *cfg, bench_request request)
{
    bench_times b = {.memory = request.training ? peak_memory_of_training(cfg, request.batch) : 0};
    *net = parse_pixelcnn_cfg(cfg, (net_overrides){.batch = request.batch, .training = request.training});
    b.size = size_of_network(*net);
    b.threads = max_threads();
    b.values = (*net)->truths;
    subject s = open_subject(*net, cfg, request.batch);
    if (request.training) measure_training(&s, request.seconds, &b);
    if (request.sampling) measure_sampling(&s, request.seconds, &b);
    close_subject(&s);
    return b;
}
