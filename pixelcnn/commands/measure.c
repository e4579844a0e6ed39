/*
measure.c - what `pixelcnn bench` measures. See bench.h.

A machine's speed varies from second to second, so figures to be compared are measured alternately: training
with the matrix product's peak, sampling with forward passes.
*/
#include <stdlib.h>
#include "base/clock.h"
#include "base/device.h"
#include "base/memory.h"
#include "base/random.h"
#include "layers/label_embed_layer.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "network.h"
#include "pixelcnn/commands/bench.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/params.h"
#include "pixelcnn/sample/sampler.h"

#define TURNS 5

/* ---- timings ---- */

void add_timing(timings *t, double seconds)
{
    if (!(t->n & (t->n - 1))) t->x = checked_realloc(t->x, (t->n ? 2 * t->n : 1) * sizeof(double));
    t->x[t->n++] = seconds;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double take_median(timings *t)
{
    qsort(t->x, t->n, sizeof(double), by_size);
    double median = (t->x[(t->n - 1) / 2] + t->x[t->n / 2]) / 2;
    free(t->x);
    *t = (timings){0};
    return median;
}

/* In nanoseconds, as a small layer takes less than a microsecond. A device has finished what was launched. */
static double seconds_now(const network *net)
{
    wait_for_device(net->gpu_index);
    return monotonic_seconds();
}

/* ---- work ---- */

/* Rows of n images of random levels, image i of class i. Free with free_data. */
static data random_rows(const network *net, int n)
{
    data rows = {.X = make_matrix(n, net->inputs), .y = make_matrix(n, net->truths)};
    int levels = loss_of(net)->levels;
    label_embed *label = label_of(net);
    for (int i = 0; i < n; ++i) {
        float *x = rows.X.vals[i], *y = rows.y.vals[i];
        for (int k = 0; k < net->truths; ++k) {
            y[k] = random_bits(1, STREAM_SAMPLE, i, k) % levels;
            x[k] = input_of_level(y[k], levels);
        }
        if (label) one_hot_label(x + net->truths, label->classes, i % label->classes);
    }
    return rows;
}

typedef struct {
    network *net;
    network *single; // of batch 1, as on a device a convolution always computes its full batch; else net
    data rows;       // of one batch
    float *labels;   // (n,classes) of the most images that are drawn; NULL: no label
    unsigned char *levels;
} subject;

typedef void (*work)(subject *s, int images);

static void train_batch(subject *s, int images)
{
    (void)images;
    train_network(s->net, s->rows);
}

static void forward(subject *s, int images)
{
    network *net = images == 1 ? s->single : s->net;
    int batch = net->batch;
    if (images != batch) set_batch_network(net, images);
    network_predict(net, s->net->input);
    if (images != batch) set_batch_network(net, batch);
}

static void sample(subject *s, int images)
{
    sample_cached(s->net, (sample_request){.n = images, .seed = 1, .temperature = 1, .labels = s->labels}, s->levels);
}

/* At least once, and until the seconds have passed. */
static void time_work(timings *t, work run, subject *s, int images, double seconds)
{
    double start = what_time_is_it_now(), before = start, now;
    do {
        run(s, images);
        now = what_time_is_it_now();
        add_timing(t, now - before);
        before = now;
    } while (now - start < seconds);
}

/* ---- layers ---- */

/* Darknet's own passes run on a net whose layers call these functions, which time the real ones. */
static layer *timed;
static double *layer_seconds; // (n,2)

static void time_layer(layer l, network net, int backward)
{
    const layer *own = timed + net.index;
    void (*run)(layer, network) = backward ? own->backward : own->forward;
    if (ON_DEVICE(&net)) run = backward ? GPU_FIELD(own->backward) : GPU_FIELD(own->forward);
    double start = seconds_now(&net);
    run(l, net);
    layer_seconds[2 * net.index + backward] = seconds_now(&net) - start;
}

static void timed_forward(layer l, network net) { time_layer(l, net, 0); }
static void timed_backward(layer l, network net) { time_layer(l, net, 1); }

static void wrap_layers(network *net)
{
    timed = checked_calloc(net->n, sizeof(layer));
    layer_seconds = checked_calloc(2 * net->n, sizeof(double));
    memcpy(timed, net->layers, net->n * sizeof(layer));
    for (int i = 0; i < net->n; ++i) {
        layer *l = net->layers + i;
        l->forward = timed_forward;
        l->backward = timed_backward;
        SET_GPU_FIELD(l->forward, timed_forward);
        SET_GPU_FIELD(l->backward, timed_backward);
    }
}

/* A step changes what the structs point to, but not the structs. */
static void unwrap_layers(network *net)
{
    memcpy(net->layers, timed, net->n * sizeof(layer));
    free(timed);
    free(layer_seconds);
}

static void time_step(network *net, timings *t)
{
    int n = 2 * net->n;
    double start = seconds_now(net);
    net->train = 1;
    forward_network(net);
    backward_network(net);
    double passes = seconds_now(net), rest = passes - start;
    update_network(net);
    add_timing(t + n, seconds_now(net) - passes);
    for (int i = 0; i < n; ++i) {
        rest -= layer_seconds[i];
        add_timing(t + i, layer_seconds[i]);
    }
    add_timing(t + n + 1, rest);
}

/* A forward and a backward pass: until everything is launched, and until the device has finished. */
static void time_launches(network *net, double seconds, bench_times *b)
{
    timings launching = {0}, passes = {0};
    double first = what_time_is_it_now();
    net->train = 1;
    while (launching.n < 3 || what_time_is_it_now() - first < seconds) {
        double start = seconds_now(net), before = what_time_is_it_now();
        forward_network(net);
        backward_network(net);
        add_timing(&launching, what_time_is_it_now() - before);
        add_timing(&passes, seconds_now(net) - start);
    }
    b->launching = take_median(&launching);
    b->passes = take_median(&passes);
    update_network(net);
}

/* At least three steps on the net's current input and truth, which change its weights. */
static double *time_layers(network *net, double seconds)
{
    int n = 2 * net->n + 2;
    double *medians = checked_calloc(n, sizeof(double)), start = what_time_is_it_now();
    timings *t = checked_calloc(n, sizeof(timings));
    wrap_layers(net);
    while (t->n < 3 || what_time_is_it_now() - start < seconds) time_step(net, t);
    unwrap_layers(net);
    for (int i = 0; i < n; ++i) medians[i] = take_median(t + i);
    free(t);
    return medians;
}

/* ---- memory ---- */

/* Bytes. Not from getrusage, which counts what ran in this process before it became this program. */
static double peak_memory(void)
{
    char line[256];
    double kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f)) sscanf(line, "VmHWM: %lf", &kib);
    if (f) fclose(f);
    return kib * 1024;
}

/* ---- figures ---- */

static void measure_training(subject *s, double seconds, bench_times *b)
{
    timings update = {0};
    for (int i = 0; i < 3; ++i) train_batch(s, 0);
    b->memory = peak_memory();
    gemm_peak *peak = open_gemm_peak(s->net);
    for (int i = 0; i < TURNS; ++i) {
        time_work(&update, train_batch, s, 0, seconds / TURNS);
        repeat_gemm_peak(peak);
    }
    b->update = take_median(&update);
    b->gemm_flops = gemm_peak_flops(peak);
    close_gemm_peak(peak);
    b->layers = time_layers(s->net, seconds);
    if (ON_DEVICE(s->net)) time_launches(s->net, seconds, b);
    b->device_memory = used_device_memory(s->net->gpu_index);
}

static void choose_labels(subject *s, int images)
{
    const label_embed *label = label_of(s->net);
    if (!label) return;
    s->labels = checked_calloc((size_t)images * label->classes, sizeof(float));
    for (int i = 0; i < images; ++i)
        one_hot_label(s->labels + (size_t)i * label->classes, label->classes, i % label->classes);
}

static void measure_sampling(subject *s, const char *cfg, double seconds, bench_times *b)
{
    network *net = s->net;
    int batch = net->batch, most = batch > MANY_IMAGES ? batch : MANY_IMAGES;
    const struct {
        work run;
        int images;
        double *median;
    } jobs[] = {{forward, batch, &b->forward},
                {forward, 1, &b->forward_1},
                {sample, batch, &b->sample},
                {sample, 1, &b->sample_1}};
    enum { JOBS = sizeof jobs / sizeof *jobs };
    timings t[JOBS] = {0}, many = {0};
    get_next_batch(s->rows, batch, 0, net->input, net->truth);
    s->single = ON_DEVICE(net) ? parse_pixelcnn_cfg(cfg, (net_overrides){.batch = 1}) : net;
    if (s->single != net) init_params(s->single, 0);
    s->levels = checked_calloc(most, net->truths);
    choose_labels(s, most);
    for (int k = 0; k < JOBS; ++k) jobs[k].run(s, jobs[k].images);
    for (int i = 0; i < TURNS; ++i)
        for (int k = 0; k < JOBS; ++k) time_work(t + k, jobs[k].run, s, jobs[k].images, seconds / TURNS);
    time_work(&many, sample, s, MANY_IMAGES, seconds);
    for (int k = 0; k < JOBS; ++k) *jobs[k].median = take_median(t + k);
    b->sample_many = take_median(&many);
    if (s->single != net) free_network(s->single);
    free(s->labels);
    free(s->levels);
}

bench_times measure_net(network *net, const char *cfg, bench_request request)
{
    bench_times b = {0};
    subject s = {.net = net, .rows = random_rows(net, request.batch)};
    if (request.training) measure_training(&s, request.seconds, &b);
    if (request.sampling) measure_sampling(&s, cfg, request.seconds, &b);
    free_data(s.rows);
    return b;
}

void measure_update(network *net, double seconds, double *update, double *forward_pass)
{
    subject s = {.net = net, .rows = random_rows(net, net->batch)};
    timings t = {0};
    train_batch(&s, 0);
    time_work(&t, train_batch, &s, 0, seconds);
    *update = take_median(&t);
    get_next_batch(s.rows, net->batch, 0, net->input, net->truth);
    time_work(&t, forward, &s, net->batch, seconds);
    *forward_pass = take_median(&t);
    free_data(s.rows);
}
