/*
bench.c - the command `pixelcnn bench`: how fast a network trains and samples, and how close that is to what
the machine can do.

Flops are counted from the shapes (network_products.h), two for each multiply-add inside the kernel, those at
the image's border included, as every implementation computes them. Training counts the forward pass, and
again for the gradients of weights and of features, except those of image and label, which nothing needs.
Gates, biases, softmax and the solver's update take time but are not counted.
*/
#include <string.h>
#include "base/errors.h"
#include "base/json.h"
#include "base/machine.h"
#include "base/threads.h"
#include "pixelcnn/commands/bench.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/standard_streams.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/layer_table.h"
#include "pixelcnn/net/network_products.h"
#include "pixelcnn/net/params.h"

static json_writer *to_json; // NULL: a table

static void show(const char *key, double value, int decimals, const char *unit, const char *meaning)
{
    if (to_json)
        json_number(to_json, key, "%.9g", value);
    else
        printf("%-44s %14.*f %s\n", meaning, decimals, value, unit);
}

static void show_text(const char *key, const char *value, const char *meaning)
{
    if (to_json)
        json_text(to_json, key, value);
    else
        printf("%-44s %14s\n", meaning, value);
}

static void show_training(const network *net, const bench_times *b, double adds)
{
    double images = net->batch / b->update, flops = 2 * adds * images;
    show("training_images_per_second", images, 2, "images/s", "training, solver included");
    show("training_gflops", flops / 1e9, 2, "GFLOP/s", "training");
    show("gemm_peak_gflops", b->gemm_flops / 1e9, 2, "GFLOP/s", "gemm peak at this net's shapes");
    show("training_share_of_peak", flops / b->gemm_flops, 3, "", "training, share of that peak");
    show("update_seconds", b->layers[2 * net->n], 5, "s", "solver's update");
    if (b->passes) show("launching_seconds", b->launching, 6, "s", "launching forward and backward pass");
    if (b->passes) show("passes_seconds", b->passes, 6, "s", "until the device has finished them");
    show("peak_memory_mib", b->memory / (1 << 20), 1, "MiB", "peak memory of training");
    if (b->device_memory) show("device_memory_mib", b->device_memory / (1 << 20), 1, "MiB", "device memory in use");
}

static void show_sampling(const network *net, const bench_times *b)
{
    show("forward_images_per_second", net->batch / b->forward, 2, "images/s", "forward pass of a batch");
    show("forward_1_images_per_second", 1 / b->forward_1, 2, "images/s", "forward pass of 1 image");
    show("sampling_1_seconds", b->sample_1, 4, "s", "sampling 1 image");
    show("sampling_batch_seconds", b->sample, 4, "s", "sampling a batch");
    show("sampling_256_seconds", b->sample_many, 4, "s", "sampling 256 images");
    show("sampling_1_per_pass", b->sample_1 / b->forward_1, 3, "", "sampling 1 image / its forward pass");
    show("sampling_batch_per_pass", b->sample / b->forward, 3, "", "sampling a batch / its forward pass");
}

static const char *layer_name(const network *net, int i) { return section_of(net->layers + i); }

static void show_layers_as_json(const network *net, const double *seconds)
{
    json_begin(to_json, "layers", '[');
    for (int i = 0; i < net->n; ++i) {
        json_begin(to_json, 0, '{');
        json_text(to_json, "type", layer_name(net, i));
        json_number(to_json, "forward_seconds", "%.9g", seconds[2 * i]);
        json_number(to_json, "backward_seconds", "%.9g", seconds[2 * i + 1]);
        json_end(to_json, '}');
    }
    json_end(to_json, ']');
}

/* flops (n,2): of a batch's forward and backward pass of each layer. */
static double *count_flops(const network *net)
{
    int n;
    product *p = network_products(net, &n);
    double *flops = checked_calloc(2 * net->n, sizeof(double));
    for (int i = 0; i < n; ++i) {
        flops[2 * p[i].layer] += 2 * forward_adds(p[i]) * net->batch;
        flops[2 * p[i].layer + 1] += 2 * (training_adds(p[i]) - forward_adds(p[i])) * net->batch;
    }
    free(p);
    return flops;
}

static void show_layer_table(const network *net, const double *seconds)
{
    const char *const others[] = {"solver's update", "between layers"};
    double whole = 0, *flops = count_flops(net);
    for (int i = 0; i < 2 * net->n + 2; ++i) whole += seconds[i];
    printf("\nlayer                     forward ms  GFLOP/s  backward ms  GFLOP/s   share\n");
    for (int i = 0; i < net->n; ++i, seconds += 2)
        printf("%5d %-18s %11.3f %8.1f %12.3f %8.1f %6.1f%%\n", i, layer_name(net, i), seconds[0] * 1e3,
               flops[2 * i] / seconds[0] / 1e9, seconds[1] * 1e3, flops[2 * i + 1] / seconds[1] / 1e9,
               100 * (seconds[0] + seconds[1]) / whole);
    for (int i = 0; i < 2; ++i)
        printf("      %-18s %11.3f %37.1f%%\n", others[i], seconds[i] * 1e3, 100 * seconds[i] / whole);
    free(flops);
}

static void show_figures(const network *net, const bench_times *b, bench_request request)
{
    network_size size = size_of_network(net);
    show("batch", net->batch, 0, "", "images per batch");
    show("threads", max_threads(), 0, "", "threads");
    show_text("vectors", vector_units(), "vector instructions of the CPU");
    show("parameters", size.parameters, 0, "", "parameters");
    show("forward_multiply_adds", size.multiply_adds, 0, "", "multiply-adds of a forward pass, per image");
    show("training_multiply_adds", size.training_adds, 0, "", "multiply-adds of training, per image");
    if (request.training) show_training(net, b, size.training_adds);
    if (request.sampling) show_sampling(net, b);
    if (request.training) (to_json ? show_layers_as_json : show_layer_table)(net, b->layers);
}

static bench_request asked = {.batch = 16, .seconds = 3};
static const char *only;
static int as_json;
static const option options[] = {
    {"-batch N", OPTION_INT, &asked.batch, 1, 65536, "images per batch"},
    {"-seconds X", OPTION_FLOAT, &asked.seconds, 0, 3600, "repeat each measurement for X seconds and take the median"},
    {"-only training|sampling", OPTION_TEXT, &only, 0, 0, "measure only this; default: both"},
    {"-json", OPTION_FLAG, &as_json, 0, 0, "print the result as JSON"},
};

static void run_bench(const char **a)
{
    need_stdout("bench", 1);
    asked.training = !only || !strcmp(only, "training");
    asked.sampling = !only || !strcmp(only, "sampling");
    network *net = parse_pixelcnn_cfg(a[0], (net_overrides){.batch = asked.batch, .training = asked.training});
    init_params(net, 0);
    bench_times b = measure_net(net, a[0], asked);
    json_writer j = {.to = stdout};
    if (as_json) json_begin(to_json = &j, 0, '{');
    show_figures(net, &b, asked);
    if (as_json) json_end(&j, '}');
    free(b.layers);
    free_network(net);
}

const command_form bench_form = {.name = "bench",
                                 .arguments = "CFG",
                                 .summary = "measure speed: training, forward pass, sampling, each layer",
                                 .least = 1,
                                 .most = 1,
                                 WITH(options),
                                 .run = run_bench,
                                 .example = "gated_pixelcnn -seconds 1"};
