/*
bench.c - the command `pixelcnn bench`: how fast a network trains and draws, and how near that is to what the machine
can do.

Flops are counted from the shapes (network_products.h), two for each multiply-add that lies inside the kernel: those at
the image's border count, as every implementation multiplies them. Training counts the forward pass once more for
the weights' gradients and once more for the features', without what nothing needs: the gradients of image and
label. Gates, biases, softmax and the solver's update are not counted, but take their share of the time.
*/
#include <limits.h>
#include <string.h>
#include "base/errors.h"
#include "pixelcnn/commands/bench.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/standard_streams.h"
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/net/network_products.h"

const command_form bench_form = {"bench", "CFG", "images/s, GFLOP/s, share of the machine's gemm peak, sampling", 1, 1};

/* One number of the report. */
typedef struct {
    const char *key; // in JSON
    double value;
    int decimals;
    const char *unit, *meaning; // in the table
} figure;

#define MOST_FIGURES 32

typedef struct {
    figure of[MOST_FIGURES];
    int n;
} figures;

static void add(figures *f, const char *key, double value, int decimals, const char *unit, const char *meaning)
{
    f->of[f->n++] = (figure){key, value, decimals, unit, meaning};
}

static void add_training(figures *f, const bench_times *b, int batch)
{
    double images = batch / b->update, flops = 2 * b->size.training_adds * images;
    add(f, "training_images_per_second", images, 2, "images/s", "training, with the solver's update");
    add(f, "training_gflops", flops / 1e9, 2, "GFLOP/s", "training");
    add(f, "gemm_peak_gflops", b->gemm_flops / 1e9, 2, "GFLOP/s", "gemm alone at this net's shapes, peak");
    add(f, "training_share_of_peak", flops / b->gemm_flops, 3, "", "training, share of that peak");
    add(f, "update_seconds", b->layers.update, 5, "s", "solver's update");
    add(f, "peak_memory_mib", b->memory / (1 << 20), 1, "MiB", "peak memory of a process that trains");
    if (b->device_memory) add(f, "device_memory_mib", b->device_memory / (1 << 20), 1, "MiB", "device memory in use");
}

static void add_sampling(figures *f, const bench_times *b, int batch)
{
    add(f, "forward_images_per_second", batch / b->pass, 2, "images/s", "forward pass of a batch");
    add(f, "forward_gflops", 2 * b->size.multiply_adds * batch / b->pass / 1e9, 2, "GFLOP/s", "the same");
    add(f, "forward_1_images_per_second", 1 / b->pass_1, 2, "images/s", "forward pass of 1 image");
    add(f, "sampling_1_seconds", b->sample_1, 4, "s", "sampling 1 image");
    add(f, "sampling_batch_seconds", b->sample, 4, "s", "sampling a batch");
    add(f, "sampling_256_seconds", b->sample_many, 4, "s", "sampling 256 images");
    add(f, "sampling_1_per_pass", b->sample_1 / b->pass_1, 3, "", "sampling 1 image / a forward pass of 1");
    add(f, "sampling_batch_per_pass", b->sample / b->pass, 3, "", "sampling a batch / a forward pass of it");
    add(f, "naive_1_seconds_estimate", b->pass_1 * b->values, 2, "s", "naive, 1 image: estimate, passes x values");
    add(f, "naive_batch_seconds_estimate", b->pass * b->values, 2, "s", "naive, a batch: estimate, passes x values");
    add(f, "naive_batch_per_sampling", b->pass * b->values / b->sample, 1, "", "naive / sampling of a batch");
}

static figures make_figures(const bench_times *b, bench_request request)
{
    figures f = {0};
    add(&f, "batch", request.batch, 0, "", "images of a batch");
    add(&f, "threads", b->threads, 0, "", "threads");
    add(&f, "parameters", b->size.parameters, 0, "", "parameters");
    add(&f, "forward_multiply_adds", b->size.multiply_adds, 0, "", "multiply-adds of an image's forward pass");
    add(&f, "training_multiply_adds", b->size.training_adds, 0, "", "and of its training: three passes");
    if (request.training) add_training(&f, b, request.batch);
    if (request.sampling) add_sampling(&f, b, request.batch);
    return f;
}

static const char *layer_name(const network *net, int i) { return row_of_type(net->layers[i].type)->section; }

/* Multiply-adds of each layer's forward pass and training, for one image. */
static void count_layers(const network *net, double *forward, double *training)
{
    int n;
    product *p = network_products(net, &n);
    for (int i = 0; i < n; ++i) {
        forward[p[i].layer] += forward_adds(p[i]);
        training[p[i].layer] += training_adds(p[i]);
    }
    free(p);
}

static void print_layer_table(const network *net, const layer_times *t)
{
    double whole = t->update + t->rest;
    double *forward = checked_calloc(2 * net->n, sizeof(double)), *training = forward + net->n;
    count_layers(net, forward, training);
    for (int i = 0; i < t->n; ++i) whole += t->forward[i] + t->backward[i];
    printf("\nlayer                     forward ms  GFLOP/s  backward ms  GFLOP/s   share\n");
    for (int i = 0; i < t->n; ++i)
        printf("%5d %-18s %11.3f %8.1f %12.3f %8.1f %6.1f%%\n", i, layer_name(net, i), t->forward[i] * 1e3,
               2 * forward[i] * net->batch / t->forward[i] / 1e9, t->backward[i] * 1e3,
               2 * (training[i] - forward[i]) * net->batch / t->backward[i] / 1e9,
               100 * (t->forward[i] + t->backward[i]) / whole);
    printf("      %-18s %11.3f %37.1f%%\n", "between layers", t->rest * 1e3, 100 * t->rest / whole);
    printf("      %-18s %11.3f %37.1f%%\n", "solver's update", t->update * 1e3, 100 * t->update / whole);
    free(forward);
}

static void print_table(const network *net, const figures *f, const bench_times *b)
{
    for (int i = 0; i < f->n; ++i)
        printf("%-44s %14.*f %s\n", f->of[i].meaning, f->of[i].decimals, f->of[i].value, f->of[i].unit);
    if (b->layers.n) print_layer_table(net, &b->layers);
}

static void print_json(const network *net, const figures *f, const bench_times *b)
{
    const layer_times *t = &b->layers;
    for (int i = 0; i < f->n; ++i) printf("%s\"%s\": %.9g", i ? ", " : "{", f->of[i].key, f->of[i].value);
    for (int i = 0; i < t->n; ++i)
        printf("%s{\"type\": \"%s\", \"forward_seconds\": %.9g, \"backward_seconds\": %.9g}%s",
               i ? ", " : ", \"layers\": [", layer_name(net, i), t->forward[i], t->backward[i],
               i + 1 == t->n ? "]" : "");
    printf("}\n");
}

void run_bench(int argc, char **argv)
{
    bench_request w = {.batch = 16, .seconds = 3};
    const char *only = 0;
    int json = 0;
    const option o[] = {
        {"-batch", OPTION_INT, &w.batch, 1, 65536, "images of a batch"},
        {"-seconds", OPTION_FLOAT, &w.seconds, 0, 3600, "that each figure is repeated for; the median is shown"},
        {"-only", OPTION_TEXT, &only, 0, 0, "training or sampling (both)"},
        {"-json", OPTION_FLAG, &json, 0, 0, "figures as one JSON object"},
    };
    const char **a = read_options(&bench_form, o, sizeof o / sizeof *o, argc, argv);
    need_stdout("bench", 1);
    w.training = !only || !strcmp(only, "training");
    w.sampling = !only || !strcmp(only, "sampling");
    if (!w.training && !w.sampling) die("pixelcnn bench: -only %s: expected training or sampling", only);
    network *net;
    bench_times b = measure(&net, a[0], w);
    figures f = make_figures(&b, w);
    if (json)
        print_json(net, &f, &b);
    else
        print_table(net, &f, &b);
    free_layer_times(&b.layers);
    free_network(net);
    free(a);
}
