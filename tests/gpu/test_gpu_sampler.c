/*
test_gpu_sampler.c - the sampler on the device compared with the cached one on the CPU, for the whole family.

Nets are built for the CPU; the sampler pushes their weights and needs no net on a device. With the names of a
test and of a net of the family as arguments it runs only these, with few images, for a build that watches
each access.
*/
#include <math.h>
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
static int most_images = 17;

static int is_left_out(int i) { return wanted && strcmp(family[i].name, wanted); }

static network *cpu_net(const char *cfg, int seed)
{
    gpu_index = -1;
    network *net = net_of_text(cfg, seed);
    fill_biases(net, seed + 1);
    return net;
}

/* As sample_net_by_gpu, on device 0. */
static int draw_on_device(network *net, sample_request w, unsigned char *levels, int graphs, int most)
{
    net->gpu_index = 0;
    graphs = sample_net_by_gpu(net, w, levels, graphs, most);
    net->gpu_index = -1;
    return graphs;
}

/* ---- logits ---- */

/* The CPU's logits (lanes,C,L) for a pixel of the given images; then writes the pixel. */
static void pixel_on_cpu(lanes *s, const packed_net *p, const sample_request *w, const unsigned char *levels, int pixel,
                         float *logits)
{
    int n = w->guidance != 0 ? 2 * w->n : w->n, c = pixel % p->w, plane = p->h * p->w;
    if (c == 0) lanes_start_row(s, pixel / p->w);
    for (int k = 0; k < p->colours; ++k) {
        lanes_start_value(s, c, k);
        for (int i = 0; i < n; ++i) {
            memcpy(logits + (i * p->colours + k) * p->levels, lanes_logits(s, i, k), p->levels * sizeof(float));
            lanes_put_value(s, i, c, k, input_of_level(levels[(i % w->n * p->colours + k) * plane + pixel], p->levels));
        }
    }
}

/* For given images, with and without their labels. */
static double largest_difference(network *net, const sample_request *w, const unsigned char *levels)
{
    packed_net *p = pack_net(net);
    int n = w->guidance != 0 ? 2 * w->n : w->n, values = n * p->colours * p->levels;
    lanes_gpu *device = make_lanes_gpu(p, n, 1);
    lanes *host = make_lanes(p, n);
    float *a = checked_calloc(values, sizeof(float)), *b = checked_calloc(values, sizeof(float));
    double worst = 0;
    for (int pass = 0; pass < 2; ++pass) { // the second: nothing may be left of other images
        lanes_start_images(host, n, w->labels, w->labels ? w->n : 0);
        start_images_gpu(device, w, levels);
        for (int i = 0; i < p->h * p->w; ++i) {
            if (i % p->w == 0) start_row_gpu(device, i / p->w);
            pixel_on_cpu(host, p, w, levels, i, a);
            draw_pixel_logits_gpu(device, b);
            for (int k = 0; k < values; ++k) worst = fmax(worst, fabs(a[k] - b[k]));
        }
    }
    free(a);
    free(b);
    free_lanes(host);
    free_lanes_gpu(device);
    free_packed_net(p);
    return worst;
}

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
        double worst = largest_difference(net, &w, levels);
        print_message("%s: %g\n", family[i].name, worst);
        if (!(worst < 1e-5)) fail_msg("%s: logits differ by %g", family[i].name, worst);
        free(labels);
        free_network(net);
    }
}

/* ---- images ---- */

/* The same on both; on the device the same bits, with and without graphs, for any number drawn together. */
static void compare(network *net, sample_request w, const unsigned char *given)
{
    static const int parts[] = {1, 3};
    size_t bytes = (size_t)w.n * net->truths;
    unsigned char *host = checked_calloc(bytes, 1), *all = checked_calloc(bytes, 1), *other = checked_calloc(bytes, 1);
    double *nll = checked_calloc(w.n, sizeof(double)), *nats = checked_calloc(w.n, sizeof(double));
    if (given) memcpy(host, given, bytes);
    if (given) memcpy(all, given, bytes);
    w.nll = nll;
    sample_cached(net, w, host);
    w.nll = nats;
    draw_on_device(net, w, all, 1, 0);
    assert_same_images(net, &w, all, host);
    for (int i = 0; i < w.n; ++i)
        if (!memcmp(host + i * net->truths, all + i * net->truths, net->truths))
            assert_true(fabs(nll[i] - nats[i]) < 1e-4 * (1 + nll[i]));
    for (int graphs = 0; graphs < 2; ++graphs) {
        memset(other, 9, bytes);
        if (given) memcpy(other, given, bytes);
        draw_on_device(net, w, other, graphs, parts[graphs] * (w.guidance != 0 ? 2 : 1));
        assert_memory_equal(all, other, bytes);
    }
    free(host);
    free(all);
    free(other);
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
            compare(
                net,
                (sample_request){.n = wanted ? 2 : 5, .seed = 2, .temperature = .7, .labels = labels, .guidance = 1.5},
                0);
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
        draw_on_device(net, w, device, 1, 0);
        assert_memory_equal(host, device, 3 * net->truths);
        for (int k = 0; k < 3; ++k) assert_true(nll[k] == 0);
    }
    free_network(net);
}

static const char wide_cfg[] =
    "[net]\nbatch=1\nheight=3\nwidth=4\n[pixel_fourier]\n[gated_vstack]\nfilters=11\nsize=5\n"
    "[gated_hstack]\nfilters=13\nsize=5\nmask=a\n[gated_vstack]\nfilters=5\n"
    "[gated_hstack]\nfilters=13\n[skip_sum]\nfilters=9\nactivation=relu\n"
    "[convolutional]\nfilters=256\nactivation=linear\n[pixel_softmax]\nlevels=256\n";

/* Enough lanes for larger tiles, channels that do not fill a tile, 256 levels with all octaves. */
static void many_images_at_once(void **state)
{
    (void)state;
    enum { N = 530 };
    network *net = cpu_net(wide_cfg, 3);
    unsigned char *all = checked_calloc(N, net->truths), *some = checked_calloc(N, net->truths);
    unsigned char *host = checked_calloc(N, net->truths);
    sample_request w = {.n = N, .seed = 4, .temperature = 1};
    draw_on_device(net, w, all, 1, 0);
    draw_on_device(net, w, some, 0, 100);
    assert_memory_equal(all, some, N * net->truths);
    sample_cached(net, w, host);
    assert_same_images(net, &w, all, host);
    free(all);
    free(some);
    free(host);
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
        network *net = cpu_net(cfg, 3);
        for (int k = 0; k < 6; ++k) net->layers[2].biases[k] = 3 * k - 8; // left, right and in the middle
        unsigned char keep[6] = {1, 1, 1, 1, 1, 1}, levels[12] = {1, 3, 0, 2, 3, 1, 0, 0, 3, 2, 1, 2};
        sample_request w = {.n = 2, .temperature = 1, .keep = keep};
        double worst = largest_difference(net, &w, levels);
        if (!(worst < 2e-5)) fail_msg("%s: logits differ by %g", names[i], worst);
        free_network(net);
    }
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

static void graphs_are_used(void **state)
{
    (void)state;
    network *net = cpu_net(family[0].cfg, 6);
    unsigned char levels[192];
    assert_true(draw_on_device(net, (sample_request){.n = 1, .temperature = 1}, levels, 1, 0));
    free_network(net);
}

static void what_cannot_be_captured_is_launched(void **state)
{
    (void)state;
#ifdef CUEMU
    network *net = cpu_net(family[0].cfg, 6);
    unsigned char captured[192], launched[192];
    sample_request w = {.n = 1, .temperature = 1};
    draw_on_device(net, w, captured, 1, 0);
    setenv("CUEMU_NO_CAPTURE", "1", 1);
    assert_false(draw_on_device(net, w, launched, 1, 0));
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
