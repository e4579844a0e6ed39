/*
test_bench.c - `pixelcnn bench` on a tiny net: every figure is there and they agree; the products match a
count by hand.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/machine.h"
#include "pixelcnn/commands/bench.h"
#include "pixelcnn/net/network_products.h"
#include "pixelcnn/net/network_size.h"
#include "tests/family.h"
#include "tests/support.h"

static const char cfg_text[] =
    "[net]\nbatch=4\nheight=6\nwidth=5\nadam=1\nlearning_rate=0.01\nmax_batches=30\n[label_embed]\nclasses=3\nsize=4\n"
    "[gated_vstack]\nfilters=4\n[gated_hstack]\nfilters=4\nmask=a\n[gated_vstack]\nfilters=4\n[gated_hstack]\n"
    "filters=4\n[skip_sum]\nfilters=4\nactivation=relu\n[convolutional]\nfilters=4\nactivation=linear\n"
    "[pixel_softmax]\nlevels=4\n";

static const char colour_text[] =
    "[net]\nbatch=2\nheight=3\nwidth=4\nchannels=3\n[gated_vstack]\nfilters=6\nfactored=1\n[gated_hstack]\nfilters=3\n"
    "mask=a\n[skip_sum]\nfilters=6\n[convolutional]\nfilters=12\ngroups=3\nactivation=linear\n[pixel_softmax]\n"
    "levels=4\n";

static run_result r;

static const char *cfg(void)
{
    const char *path = scratch("bench.cfg");
    write_text(path, cfg_text);
    return path;
}

/* From the JSON that the last command printed. */
static double figure_of(const char *key)
{
    double x = number_in(r.out, key);
    if (!isfinite(x) || x <= 0) fail_msg("%s is %g", key, x);
    return x;
}

static int has_figure(const char *key)
{
    char word[64];
    snprintf(word, sizeof word, "\"%s\": ", key);
    return strstr(r.out, word) != 0;
}

static const char *const training_figures[] = {"training_images_per_second", "training_gflops", "gemm_peak_gflops",
                                               "training_share_of_peak",     "update_seconds",  "peak_memory_mib"};
static const char *const sampling_figures[] = {
    "forward_images_per_second", "forward_1_images_per_second", "sampling_1_seconds",     "sampling_batch_seconds",
    "sampling_256_seconds",      "sampling_1_per_pass",         "sampling_batch_per_pass"};
enum {
    TRAINING = sizeof training_figures / sizeof *training_figures,
    SAMPLING = sizeof sampling_figures / sizeof *sampling_figures
};

static void assert_ratio(double a, double b) { assert_true(fabs(a / b - 1) < 1e-6); }

static void json_has_every_figure(void **state)
{
    (void)state;
    char vectors[64];
    run_command(&r, "%s pixelcnn bench %s -batch 3 -seconds 0 -json", darknet(), cfg());
    if (r.status) fail_msg("%s", r.err);
    for (int i = 0; i < TRAINING; ++i) figure_of(training_figures[i]);
    for (int i = 0; i < SAMPLING; ++i) figure_of(sampling_figures[i]);
    assert_int_equal(figure_of("batch"), 3);
    assert_int_equal(figure_of("parameters"), 708);
    snprintf(vectors, sizeof vectors, "\"vectors\": \"%s\"", vector_units());
    assert_non_null(strstr(r.out, vectors));
    assert_int_equal(r.out[0], '{');
    assert_string_equal(r.out + strlen(r.out) - 4, "}]}\n");
    int layers = 0;
    for (const char *at = r.out; (at = strstr(at, "\"forward_seconds\": ")); ++at, ++layers)
        assert_true(strtod(strchr(at, ':') + 1, 0) > 0);
    assert_int_equal(layers, 8);
}

static void figures_agree(void **state)
{
    (void)state;
    run_command(&r, "%s pixelcnn bench %s -batch 3 -seconds 0 -json", darknet(), cfg());
    double flops = 2 * figure_of("training_multiply_adds") * figure_of("training_images_per_second");
    assert_ratio(figure_of("training_gflops"), flops / 1e9);
    assert_ratio(figure_of("training_share_of_peak"), figure_of("training_gflops") / figure_of("gemm_peak_gflops"));
    assert_ratio(figure_of("sampling_batch_per_pass"),
                 figure_of("sampling_batch_seconds") * figure_of("forward_images_per_second") / 3);
    assert_ratio(figure_of("sampling_1_per_pass"),
                 figure_of("sampling_1_seconds") * figure_of("forward_1_images_per_second"));
}

static void parts_are_measured_alone(void **state)
{
    (void)state;
    run_command(&r, "%s pixelcnn bench %s -seconds 0 -json -only training", darknet(), cfg());
    assert_int_equal(r.status, 0);
    for (int i = 0; i < TRAINING; ++i) figure_of(training_figures[i]);
    for (int i = 0; i < SAMPLING; ++i) assert_false(has_figure(sampling_figures[i]));
    run_command(&r, "%s pixelcnn bench %s -seconds 0 -json -only sampling", darknet(), cfg());
    assert_int_equal(r.status, 0);
    for (int i = 0; i < TRAINING; ++i) assert_false(has_figure(training_figures[i]));
    for (int i = 0; i < SAMPLING; ++i) figure_of(sampling_figures[i]);
    assert_false(has_figure("layers"));
}

static void table_has_a_row_for_each_layer(void **state)
{
    (void)state;
    run_command(&r, "%s pixelcnn bench %s -seconds 0", darknet(), cfg());
    assert_int_equal(r.status, 0);
    static const char *const rows[] = {
        "\nparameters ",         "\ntraining, solver included ", "\nsampling 256 images ",  "\n    0 label_embed ",
        "\n    4 gated_hstack ", "\n    7 pixel_softmax ",       "\n      between layers ", "\n      solver's update "};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
        if (!strstr(r.out, rows[i])) fail_msg("no row '%s' in:\n%s", rows[i], r.out);
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *says;
    } wrong[] = {{"", "CFG is missing; usage: "},
                 {"nosuch.cfg", "nosuch.cfg: cannot open"},
                 {"$CFG extra", "pixelcnn bench: one argument too many: 'extra'"},
                 {"$CFG -batch 0", "pixelcnn bench: -batch 0: expected an integer from 1"},
                 {"$CFG -batch 1.5", "pixelcnn bench: -batch 1.5: expected an integer"},
                 {"$CFG -seconds -1", "pixelcnn bench: -seconds -1: expected a number from 0"},
                 {"$CFG -only all", "pixelcnn bench: -only all: expected training|sampling"},
                 {"$CFG -n 4", "pixelcnn bench: unknown option -n (an option of: sample, complete, score, decompress); "
                               "options are: -batch -seconds -only -json"}};
    const char *path = cfg();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        run_command(&r, "CFG=%s; %s pixelcnn bench %s", path, darknet(), wrong[i].arguments);
        assert_int_equal(r.status, 1);
        assert_string_equal(r.out, "");
        if (!strstr(r.err, wrong[i].says)) fail_msg("'%s' not in: %s", wrong[i].says, r.err);
    }
}

/* 6 x 5 pixels; the link's product has no top row; the last vertical gate and residual are read by nobody. */
static void products_are_counted_as_by_hand(void **state)
{
    (void)state;
    network *net = net_of_text(cfg_text, 1);
    static const product expected[] = {
        {0, 4, 3, 1, 1, 0},                                                                 // E
        {1, 8, 6, 30, 1, 0},  {1, 8, 4, 1, 1, 1},                                           // W, V
        {2, 8, 1, 30, 1, 0},  {2, 8, 8, 25, 1, 1}, {2, 4, 4, 30, 1, 1}, {2, 8, 4, 1, 1, 1}, // W, W_l, W_r, V
        {3, 8, 24, 30, 1, 1},                                                               // W
        {4, 8, 8, 30, 1, 1},  {4, 8, 8, 25, 1, 1}, {4, 8, 4, 1, 1, 1},                      // W, W_l, V
        {5, 4, 4, 30, 1, 1},  {5, 4, 4, 30, 1, 1}, {6, 4, 4, 30, 1, 1}};                    // W_s, W_s, head
    int n;
    product *p = network_products(net, &n);
    assert_int_equal(n, sizeof expected / sizeof *expected);
    assert_memory_equal(p, expected, sizeof expected);
    network_size s = size_of_network(net);
    assert_true(s.multiply_adds == 14588);
    assert_true(s.training_adds == 3 * 14588 - 12 - 1440 - 240);
    free(p);
    free_network(net);
}

static void factored_and_grouped_products_are_counted_as_by_hand(void **state)
{
    (void)state;
    network *net = net_of_text(colour_text, 1);
    static const product expected[] = {{0, 6, 9, 12, 1, 0}, {0, 12, 12, 12, 1, 1}, // W_1, W_2
                                       {1, 6, 6, 12, 1, 0}, {1, 6, 12, 8, 1, 1},   // W, W_l
                                       {2, 6, 3, 12, 1, 1}, {3, 4, 2, 12, 3, 1}};  // W_s, head
    int n;
    product *p = network_products(net, &n);
    assert_int_equal(n, sizeof expected / sizeof *expected);
    assert_memory_equal(p, expected, sizeof expected);
    free(p);
    free_network(net);
}

/* Training costs at least twice and at most three times a forward pass, for every net. */
static void family_is_counted(void **state)
{
    (void)state;
    for (int f = 0; f < family_size; ++f) {
        network *net = net_of_text(family[f].cfg, 1);
        network_size s = size_of_network(net);
        assert_true(s.multiply_adds > 0);
        assert_true(s.training_adds > 2 * s.multiply_adds && s.training_adds < 3 * s.multiply_adds);
        free_network(net);
    }
}

static void medians(void **state)
{
    (void)state;
    timings t = {0};
    add_timing(&t, 3);
    assert_true(take_median(&t) == 3);
    add_timing(&t, 3);
    add_timing(&t, 1);
    assert_true(take_median(&t) == 2);
    for (int i = 0; i < 99; ++i) add_timing(&t, i);
    assert_true(take_median(&t) == 49);
}

TEST_MAIN(cmocka_unit_test(json_has_every_figure), cmocka_unit_test(figures_agree),
          cmocka_unit_test(parts_are_measured_alone), cmocka_unit_test(table_has_a_row_for_each_layer),
          cmocka_unit_test(wrong_options_are_refused), cmocka_unit_test(products_are_counted_as_by_hand),
          cmocka_unit_test(factored_and_grouped_products_are_counted_as_by_hand), cmocka_unit_test(family_is_counted),
          cmocka_unit_test(medians))
