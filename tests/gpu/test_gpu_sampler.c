/*
test_gpu_sampler.c - the sampler on the device compared with the cached one on the CPU, for the whole family.

Nets are built for the CPU; the sampler pushes their weights and needs no net on a device. With the names of a
test and of a net of the family as arguments it runs only these, with few images, for a build that watches
each access.
*/
#include <string.h>
#include "layers/label_embed_layer.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/sample/lanes.h"
#include "pixelcnn/sample/lanes_gpu.h"
#include "pixelcnn/sample/sampler_gpu.h"
#include "tests/family.h"
#include "tests/gpc_files.h"
#include "tests/same_images.h"
#include "tests/support.h"

static const char *wanted; // the only net of the family
static int most_images = 5;

static int is_left_out(int i) { return wanted && strcmp(family[i].name, wanted); }

static network *cpu_net(const char *cfg, int seed)
{
    gpu_index = -1;
    network *net = net_of_text(cfg, seed);
    fill_biases(net, seed + 1);
    return net;
}

/* As sample_net_by_gpu, on device 0. */
static int draw_on_device(network *net, sample_request w, unsigned char *levels, int most, lanes_gpu_options o)
{
    net->gpu_index = 0;
    int graphs = sample_net_by_gpu(net, w, levels, most, o);
    net->gpu_index = -1;
    return graphs;
}

/* ---- logits ---- */

/* The CPU's logits (lanes,C,L), `step` floats from lane to lane, for a pixel of the given images; then writes
   the pixel. */
static void pixel_on_cpu(lanes *s, const packed_net *p, const sample_request *w, const unsigned char *levels, int pixel,
                         float *logits, size_t step)
{
    int n = w->guidance != 0 ? 2 * w->n : w->n, c = pixel % p->w, plane = p->h * p->w;
    if (c == 0) lanes_start_row(s, pixel / p->w);
    for (int k = 0; k < p->colours; ++k) {
        lanes_start_value(s, c, k);
        for (int i = 0; i < n; ++i) {
            memcpy(logits + i * step + k * p->levels, lanes_logits(s, i, k), p->levels * sizeof(float));
            lanes_put_value(s, i, c, k, input_of_level(levels[(i % w->n * p->colours + k) * plane + pixel], p->levels));
        }
    }
}

/* For given images, with and without their labels: to the bit. The second pass: nothing may be left of other
   images. */
static void compare_logits(const packed_net *p, const sample_request *w, const unsigned char *levels,
                           lanes_gpu_options o)
{
    int n = w->guidance != 0 ? 2 * w->n : w->n, pixel = p->colours * p->levels, values = n * p->w * pixel;
    o.twins = n > w->n;
    o.nats = 1;
    lanes_gpu *device = make_lanes_gpu(p, n, o);
    lanes *host = make_lanes(p, n);
    float *a = checked_calloc(values, sizeof(float)), *b = checked_calloc(values, sizeof(float));
    for (int pass = 0; pass < 2; ++pass) {
        lanes_start_images(host, n, w->labels, w->labels ? w->n : 0);
        start_images_gpu(device, w, levels);
        for (int r = 0; r < p->h; ++r) {
            for (int c = 0; c < p->w; ++c)
                pixel_on_cpu(host, p, w, levels, r * p->w + c, a + c * pixel, (size_t)p->w * pixel);
            draw_row_logits_gpu(device, r, b);
            for (int k = 0; k < values; ++k)
                if (memcmp(a + k, b + k, sizeof(float)))
                    fail_msg("row %d, logit %d of image %d, column %d: %.9g, on the CPU %.9g; %d lanes a block", r,
                             k % pixel, k / pixel / p->w, k / pixel % p->w, b[k], a[k], o.lanes_a_block);
        }
    }
    free(a);
    free(b);
    free_lanes(host);
    free_lanes_gpu(device);
}

/* For any number of lanes a block, in shared memory and outside. */
static void logits_equal_the_cpus(void **state)
{
    (void)state;
    for (int i = 0; i < family_size; ++i) {
        if (is_left_out(i)) continue;
        network *net = cpu_net(family[i].cfg, 7);
        unsigned char keep[64], levels[3 * 192];
        float *labels = some_labels(net, 3);
        memset(keep, 1, sizeof keep);
        for (int k = 0; k < 3 * net->truths; ++k) levels[k] = k * 7 % 11 % loss_of(net)->levels;
        sample_request w = {.n = 3, .labels = labels, .guidance = labels ? 1 : 0, .keep = keep, .temperature = 1};
        packed_net *p = pack_net(net);
        print_message("%s\n", family[i].name);
        for (int n = 1; n <= 8; n *= 2)
            compare_logits(p, &w, levels, (lanes_gpu_options){.lanes_a_block = n, .outside = n == 4});
        free_packed_net(p);
        free(labels);
        free_network(net);
    }
}

/* ---- images ---- */

/* The same on both, images and nats, to the bit: with and without graphs, for any number drawn together and
   in a block. */
static void compare(network *net, sample_request w, const unsigned char *given)
{
    static const struct {
        int most;
        lanes_gpu_options o;
    } ways[] = {{0, {0}}, {1, {.plain = 1}}, {3, {.lanes_a_block = 8}}, {0, {.lanes_a_block = 2, .outside = 1}}};
    size_t bytes = (size_t)w.n * net->truths;
    unsigned char *host = checked_calloc(bytes, 1), *device = checked_calloc(bytes, 1);
    double *nll = checked_calloc(w.n, sizeof(double)), *nats = checked_calloc(w.n, sizeof(double));
    if (given) memcpy(host, given, bytes);
    w.nll = nll;
    sample_cached(net, w, host);
    w.nll = nats;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; ++i) {
        memset(device, 9, bytes);
        if (given) memcpy(device, given, bytes);
        draw_on_device(net, w, device, ways[i].most * (w.guidance != 0 ? 2 : 1), ways[i].o);
        assert_memory_equal(host, device, bytes);
        assert_memory_equal(nll, nats, w.n * sizeof(double));
    }
    free(host);
    free(device);
    free(nll);
    free(nats);
}

static void images_equal_the_cpus(void **state)
{
    (void)state;
    for (int i = 0; i < family_size; ++i) {
        if (is_left_out(i)) continue;
        network *net = cpu_net(family[i].cfg, 11);
        float *labels = some_labels(net, most_images);
        print_message("%s\n", family[i].name);
        compare(net, (sample_request){.n = most_images, .first = 5, .seed = 8, .temperature = 1, .labels = labels}, 0);
        if (labels)
            compare(net, (sample_request){.n = 2, .seed = 2, .temperature = .7, .labels = labels, .guidance = 1.5}, 0);
        free(labels);
        free_network(net);
    }
}

static void given_pixels_stay_and_inform_the_rest(void **state)
{
    (void)state;
    for (int i = 0; i < family_size; ++i) {
        if (is_left_out(i)) continue;
        network *net = cpu_net(family[i].cfg, 4);
        int plane = net->h * net->w, n = 3;
        float *labels = some_labels(net, n);
        unsigned char keep[64], given[3 * 192];
        for (int k = 0; k < plane; ++k) keep[k] = k < 2 * net->w || k % 3 == 1; // two rows, then with holes
        for (int k = 0; k < n * net->truths; ++k) given[k] = k % loss_of(net)->levels;
        compare(net, (sample_request){.n = n, .seed = 3, .temperature = 1, .labels = labels, .keep = keep}, given);
        free(labels);
        free_network(net);
    }
}

/* As does a temperature that is 0 as a float. */
static void temperature_0_draws_the_likeliest(void **state)
{
    (void)state;
    static const double tiny[] = {0, 1e-46, 1e-40};
    network *net = cpu_net(family[0].cfg, 6);
    unsigned char host[3 * 192], device[3 * 192];
    sample_request w = {.n = 3, .seed = 3};
    sample_cached(net, w, host);
    for (int i = 0; i < 3; ++i) {
        double nll[3] = {1, 1, 1};
        w.temperature = tiny[i];
        w.nll = nll;
        draw_on_device(net, w, device, 0, (lanes_gpu_options){0});
        assert_memory_equal(host, device, 3 * net->truths);
        for (int k = 0; k < 3; ++k) assert_true(nll[k] == 0);
    }
    free_network(net);
}

static const char wide_cfg[] =
    "[net]\nbatch=1\nheight=2\nwidth=64\n[pixel_fourier]\n[gated_vstack]\nfilters=11\nsize=5\n"
    "[gated_hstack]\nfilters=13\nsize=5\nmask=a\n[gated_vstack]\nfilters=5\n"
    "[gated_hstack]\nfilters=13\n[skip_sum]\nfilters=9\nactivation=relu\n"
    "[convolutional]\nfilters=40\nactivation=linear\n[pixel_softmax]\nlevels=40\n";

/* Enough pixels in a row of all images for several a thread; all octaves; levels in parts of 3. */
static void many_images_at_once(void **state)
{
    (void)state;
    enum { N = 66 };
    network *net = cpu_net(wide_cfg, 3);
    unsigned char *all = checked_calloc(N, net->truths), *some = checked_calloc(N, net->truths);
    unsigned char *host = checked_calloc(N, net->truths);
    sample_request w = {.n = N, .seed = 4, .temperature = 1};
    draw_on_device(net, w, all, 0, (lanes_gpu_options){0});
    draw_on_device(net, w, some, 35, (lanes_gpu_options){.plain = 1});
    assert_memory_equal(all, some, N * net->truths);
    sample_cached(net, w, host);
    assert_memory_equal(all, host, N * net->truths);
    free(all);
    free(some);
    free(host);
    free_network(net);
}

/* More values in a row than a block has threads; 256 levels, 4 levels. */
static void long_rows_equal_the_cpus(void **state)
{
    (void)state;
    static const char *const cfgs[] = {
        "[net]\nbatch=1\nheight=3\nwidth=87\nchannels=3\n[gated_vstack]\nfilters=3\n[gated_hstack]\nfilters=3\nmask=a\n"
        "[convolutional]\nfilters=12\ngroups=3\nactivation=linear\n[pixel_softmax]\nlevels=4\n",
        "[net]\nbatch=1\nheight=3\nwidth=5\n[gated_vstack]\nfilters=3\n[gated_hstack]\nfilters=3\nmask=a\n"
        "[convolutional]\nfilters=256\nactivation=linear\n[pixel_softmax]\nlevels=256\n"};
    for (int i = 0; i < 2; ++i) {
        network *net = cpu_net(cfgs[i], 3);
        compare(net, (sample_request){.n = 2, .seed = 4, .temperature = 1}, 0);
        free_network(net);
    }
}

static void logits_of_given_images(const char *cfg, lanes_gpu_options o)
{
    network *net = cpu_net(cfg, 3);
    for (int k = 0; k < 6; ++k) net->layers[2].biases[k] = 3 * k - 8; // left, right and in the middle
    unsigned char keep[6] = {1, 1, 1, 1, 1, 1}, levels[12] = {1, 3, 0, 2, 3, 1, 0, 0, 3, 2, 1, 2};
    packed_net *p = pack_net(net);
    compare_logits(p, &(sample_request){.n = 2, .temperature = 1, .keep = keep}, levels, o);
    free_packed_net(p);
    free_network(net);
}

static void every_activation_is_the_cpus(void **state)
{
    (void)state;
    static const char *const names[] = {"logistic", "relu",  "relie", "ramp",    "tanh",  "plse", "leaky",
                                        "elu",      "loggy", "stair", "hardtan", "lhtan", "selu"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        char cfg[1024];
        snprintf(cfg, sizeof cfg,
                 "[net]\nbatch=1\nheight=2\nwidth=3\n[gated_vstack]\nfilters=4\n[gated_hstack]\nfilters=4\nmask=a\n"
                 "[convolutional]\nfilters=6\nactivation=%s\n[convolutional]\nfilters=4\nactivation=linear\n"
                 "[pixel_softmax]\nlevels=4\n",
                 names[i]);
        print_message("%s\n", names[i]);
        logits_of_given_images(cfg, (lanes_gpu_options){0});
    }
}

/* Chains of several chunks, more outputs than a block has threads, features that shared memory does not hold.
   */
static void large_layers_equal_the_cpus(void **state)
{
    (void)state;
    static const char cfg[] =
        "[net]\nbatch=1\nheight=2\nwidth=3\n[gated_vstack]\nfilters=3\n[gated_hstack]\nfilters=150\nmask=a\n"
        "[convolutional]\nfilters=270\nactivation=relu\n[convolutional]\nfilters=4\nactivation=linear\n"
        "[pixel_softmax]\nlevels=4\n";
    static const char larger[] =
        "[net]\nbatch=1\nheight=2\nwidth=3\n[gated_vstack]\nfilters=3\n[gated_hstack]\nfilters=3\nmask=a\n"
        "[convolutional]\nfilters=50000\nactivation=relu\n[convolutional]\nfilters=4\nactivation=linear\n"
        "[pixel_softmax]\nlevels=4\n";
    logits_of_given_images(cfg, (lanes_gpu_options){0});
    logits_of_given_images(larger, (lanes_gpu_options){0});
}

/* cpu_net(family[0].cfg, 5) on the device; the CPU's side of its weights is zero. */
static network *device_net(void)
{
    gpu_index = 0;
    network *net = net_of_text(family[0].cfg, 5);
    fill_biases(net, 6);
    push_net(net);
    param_list all = net_params(net);
    for (int i = 0; i < all.n; ++i) memset(all.p[i].value, 0, all.p[i].n * sizeof(float));
    free_param_list(&all);
    return net;
}

/* A net on the device is sampled with the weights of the device. */
static void weights_are_the_devices(void **state)
{
    (void)state;
    network *net = cpu_net(family[0].cfg, 5);
    unsigned char host[2 * 192], device[2 * 192];
    sample_request w = {.n = 2, .seed = 1, .temperature = 1};
    sample_cached(net, w, host);
    free_network(net);
    net = device_net();
    sample_net_gpu(net, w, device);
    assert_memory_equal(host, device, 2 * net->truths);
    free_network(net);
    gpu_index = -1;
}

/* The same file as on the CPU, from the device's weights; and it reads what a CPU wrote. */
static void compressing_is_the_cpus(void **state)
{
    (void)state;
    network *net = cpu_net(family[0].cfg, 5);
    dataset d = set_of_images(net, 3, some_images(net, 3), some_labels(net, 3));
    byte_buffer cpus = compressed(net, &d, 2, 0);
    free_network(net);
    net = device_net();
    byte_buffer devices = compressed(net, &d, 2, 0);
    free_network(net);
    net = device_net();
    extraction x = {.net = net, .bytes = cpus.data, .size = cpus.bytes};
    extract(&x);
    assert_int_equal(cpus.bytes, devices.bytes);
    assert_memory_equal(cpus.data, devices.data, cpus.bytes);
    assert_int_equal(x.done, 3);
    assert_memory_equal(x.pixels, d.pixels, 3 * net->truths);
    free_extraction(&x);
    free(cpus.data);
    free(devices.data);
    free_dataset(&d);
    free_network(net);
    gpu_index = -1;
}

/* From the third row on. */
static void graphs_are_used(void **state)
{
    (void)state;
    network *net = cpu_net(family[0].cfg, 6);
    unsigned char levels[192];
    assert_true(draw_on_device(net, (sample_request){.n = 1, .temperature = 1}, levels, 0, (lanes_gpu_options){0}));
#ifdef CUEMU
    long before = cuemu_count(CUEMU_GRAPH);
    draw_on_device(net, (sample_request){.n = 1, .temperature = 1}, levels, 0, (lanes_gpu_options){0});
    assert_int_equal(cuemu_count(CUEMU_GRAPH) - before, net->h - 2);
#endif
    free_network(net);
}

static void what_cannot_be_captured_is_launched(void **state)
{
    (void)state;
#ifdef CUEMU
    network *net = cpu_net(family[0].cfg, 6);
    unsigned char captured[192], launched[192];
    sample_request w = {.n = 1, .temperature = 1};
    draw_on_device(net, w, captured, 0, (lanes_gpu_options){0});
    setenv("CUEMU_NO_CAPTURE", "1", 1);
    assert_false(draw_on_device(net, w, launched, 0, (lanes_gpu_options){0}));
    unsetenv("CUEMU_NO_CAPTURE");
    assert_memory_equal(captured, launched, net->truths);
    free_network(net);
#else
    skip();
#endif
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(logits_equal_the_cpus),
                                       cmocka_unit_test(images_equal_the_cpus),
                                       cmocka_unit_test(given_pixels_stay_and_inform_the_rest),
                                       cmocka_unit_test(temperature_0_draws_the_likeliest),
                                       cmocka_unit_test(many_images_at_once),
                                       cmocka_unit_test(every_activation_is_the_cpus),
                                       cmocka_unit_test(large_layers_equal_the_cpus),
                                       cmocka_unit_test(long_rows_equal_the_cpus),
                                       cmocka_unit_test(weights_are_the_devices),
                                       cmocka_unit_test(compressing_is_the_cpus),
                                       cmocka_unit_test(graphs_are_used),
                                       cmocka_unit_test(what_cannot_be_captured_is_launched)};
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    if (argc > 2) {
        wanted = argv[2];
        most_images = 3;
    }
    return cmocka_run_group_tests(tests, 0, 0);
}
