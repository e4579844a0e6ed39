/*
test_commands.c - the commands train, eval and sample on small data; pictures are read back.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/sample/sampler.h"
#include "tests/picture_files.h"
#include "tests/support.h"

static const char cfg_text[] =
    "[net]\nbatch=4\nheight=6\nwidth=5\nadam=1\nlearning_rate=0.01\nema=0.9\nmax_batches=30\n"
    "[label_embed]\nclasses=3\nsize=4\ndropout=0.1\n[gated_vstack]\nfilters=4\n[gated_hstack]\nfilters=4\nmask=a\n"
    "[gated_vstack]\nfilters=4\n[gated_hstack]\nfilters=4\n[skip_sum]\nfilters=4\nactivation=relu\n"
    "[convolutional]\nfilters=4\nactivation=linear\n[pixel_softmax]\nlevels=4\n";

static run_result r;
static char cfg[256], data_folder[256], backup[256];

static int prepare(void **state)
{
    (void)state;
    strcpy(cfg, scratch("tiny.cfg"));
    strcpy(data_folder, scratch("toy"));
    strcpy(backup, scratch("made/on/the/way"));
    write_text(cfg, cfg_text);
    make_toy_data(data_folder, (toy_data){.n = 40, .c = 1, .h = 6, .w = 5, .classes = 3, .seed = 4});
    run_command(&r,
                "%s pixelcnn train %s %s -backup %s -seed 3 -save_every 10 -eval_every 10 -sample_every 15 -log %s.csv",
                darknet(), cfg, data_folder, backup, backup);
    return r.status;
}

static const char *weights(const char *kind)
{
    static char path[4][320];
    static int next;
    char *p = path[next++ % 4];
    snprintf(p, sizeof path[0], "%s/tiny_%s.weights", backup, kind);
    return p;
}

static void training_reports_and_saves(void **state)
{
    (void)state;
    assert_int_equal(times_in(r.err, "bits/dim, 0:"), 30);
    assert_int_equal(times_in(r.err, "validation: "), 3);
    assert_non_null(strstr(r.err, "\n30, 3.333: "));
    static const char *const kinds[] = {"last", "best", "ema", "final"};
    for (int i = 0; i < 4; ++i) assert_true(file_exists(weights(kinds[i])));
    char log[320];
    snprintf(log, sizeof log, "%s.csv", backup);
    char *text = read_whole(log, 0);
    assert_int_equal(times_in(text, "\n"), 1 + 30 + 3);
    free(text);
}

static void the_same_seed_trains_the_same_weights(void **state)
{
    (void)state;
    char again[256];
    strcpy(again, scratch("again"));
    run_command(&r, "%s pixelcnn train %s %s -backup %s -seed 3", darknet(), cfg, data_folder, again);
    assert_int_equal(r.status, 0);
    run_command(&r, "cmp %s %s/tiny_final.weights", weights("final"), again);
    assert_int_equal(r.status, 0);
    run_command(&r, "%s pixelcnn train %s %s -backup %s -seed 4 -clear", darknet(), cfg, data_folder, again);
    run_command(&r, "cmp -s %s %s/tiny_final.weights", weights("final"), again);
    assert_int_equal(r.status, 1);
}

/* _final holds the averaged weights and _last the raw ones. Training from either starts at iteration 0. */
static void training_starts_from_weights(void **state)
{
    (void)state;
    run_command(&r, "cmp -s %s %s", weights("final"), weights("ema"));
    assert_int_equal(r.status, 0);
    run_command(&r, "cmp -s %s %s", weights("final"), weights("last"));
    assert_int_equal(r.status, 1);
    run_command(&r, "sed s/max_batches=30/max_batches=35/ %s > %s.longer", cfg, cfg);
    run_command(&r, "%s pixelcnn train %s.longer %s %s -backup %s", darknet(), cfg, data_folder, weights("last"),
                scratch("more"));
    assert_int_equal(r.status, 0);
    assert_int_equal(times_in(r.err, "bits/dim, 0:"), 35);
    assert_non_null(strstr(r.err, "\n1, "));
    run_command(&r, "%s pixelcnn train %s %s %s -clear -seconds 0.05 -backup %s", darknet(), cfg, data_folder,
                weights("last"), scratch("more"));
    assert_non_null(strstr(r.err, "\n1, "));
}

/* Sheets come as asked; the last is what `sample` draws from _final. */
static void training_draws_sheets(void **state)
{
    (void)state;
    run_command(&r, "cd %s; ls tiny_*.png", backup);
    assert_string_equal(r.out, "tiny_00000015.png\ntiny_00000030.png\n");
    const char *drawn = scratch("drawn.png");
    run_command(&r, "%s pixelcnn sample %s %s -seed 3 -out %s", darknet(), cfg, weights("final"), drawn);
    assert_int_equal(r.status, 0);
    int w, h, c, w2, h2, c2;
    char file[320];
    snprintf(file, sizeof file, "%s/tiny_00000030.png", backup);
    unsigned char *a = read_png_file(file, &w, &h, &c), *b = read_png_file(drawn, &w2, &h2, &c2);
    assert_true(w == w2 && h == h2 && c == c2);
    assert_memory_equal(a, b, w * h * c);
    free(a);
    free(b);
}

static void eval_ends_with_its_line(void **state)
{
    (void)state;
    run_command(&r, "%s pixelcnn eval %s %s %s", darknet(), cfg, weights("final"), data_folder);
    assert_int_equal(r.status, 0);
    double nats, bits, image, error;
    int n, end = 0;
    const char *last = strstr(r.out, "\nnats/dim ");
    assert_non_null(last);
    assert_int_equal(
        sscanf(last, "\nnats/dim %lf  bits/dim %lf  nats/image %lf  images %d\n%n", &nats, &bits, &image, &n, &end), 4);
    assert_int_equal(last[end], 0);
    assert_int_equal(n, 40);
    assert_float_equal(bits, nats / log(2), 2e-6);
    assert_float_equal(image, nats * 30, 1e-4);
    assert_int_equal(sscanf(r.out, "parameters %*d  levels 4  dims 30\nstandard errors: nats/dim %lf", &error), 1);
    assert_true(error > 0 && error < nats);
    run_command(&r, "%s pixelcnn eval %s %s %s -limit 7 -batch 3", darknet(), cfg, weights("final"), data_folder);
    assert_non_null(strstr(r.out, "images 7\n"));
    run_command(&r, "%s pixelcnn eval %s %s %s -json", darknet(), cfg, weights("final"), data_folder);
    assert_int_equal(sscanf(r.out, "{\"nats_per_dim\": %lf, \"bits_per_dim\": %lf,", &image, &error), 2);
    assert_float_equal(image, nats, 1e-6);
    assert_float_equal(error, bits, 1e-6);
    assert_non_null(strstr(r.out, "\"images\": 40,"));
}

static unsigned char *read_png(const char *path, int *w, int *h)
{
    int channels;
    unsigned char *x = read_png_file(path, w, h, &channels);
    assert_int_equal(channels, 1);
    return x;
}

static unsigned char *draw(const char *options, int *w, int *h)
{
    const char *png = scratch("drawn.png");
    run_command(&r, "%s pixelcnn sample %s %s -scale 1 -out %s %s", darknet(), cfg, weights("final"), png, options);
    if (r.status) fail_msg("%s: %s", options, r.err);
    return read_png(png, w, h);
}

static void samples_are_a_sheet_of_levels(void **state)
{
    (void)state;
    int w, h;
    unsigned char *one = draw("-label 1 -n 1 -seed 2", &w, &h);
    assert_int_equal(w, 5);
    assert_int_equal(h, 6);
    for (int i = 0; i < w * h; ++i) assert_int_equal(one[i], byte_of_level(level_of_byte(one[i], 4), 4));
    unsigned char *many = draw("-label 1 -n 5 -seed 2 -scale 2", &w, &h);
    assert_int_equal(w, 3 * 12 - 2);
    assert_int_equal(h, 2 * 14 - 2);
    for (int y = 0; y < 6; ++y)
        for (int x = 0; x < 5; ++x) assert_int_equal(many[2 * y * w + 2 * x], one[y * 5 + x]);
    free(one);
    free(many);
    free(draw("-label all -n 4", &w, &h));
    assert_int_equal(w, 4 * 7 - 2);
    assert_int_equal(h, 3 * 8 - 2);
}

static void samples_follow_seed_label_and_temperature(void **state)
{
    (void)state;
    int w, h;
    static const char *const options[] = {"-label 1 -seed 2",           "-label 1 -seed 3",
                                          "-label 2 -seed 2",           "-label none -seed 2",
                                          "-label 0:0.5,1:0.5 -seed 2", "-label 1 -seed 2 -temp 0.5"};
    unsigned char *first = draw(options[0], &w, &h), *again = draw("-label 1 -seed 2 -naive", &w, &h);
    assert_memory_equal(first, again, w * h);
    for (int i = 1; i < 6; ++i) {
        unsigned char *other = draw(options[i], &w, &h);
        if (!memcmp(first, other, w * h)) fail_msg("%s draws what %s draws", options[i], options[0]);
        free(other);
    }
    free(first);
    free(again);
}

/* w = -1 leaves the logits without label alone: the images of -label none. */
static void guidance_mixes_logits_with_and_without_label(void **state)
{
    (void)state;
    int w, h;
    unsigned char *none = draw("-label none -seed 2 -n 70", &w, &h),
                  *back = draw("-label 1 -seed 2 -n 70 -guidance -1", &w, &h);
    assert_memory_equal(none, back, w * h);
    unsigned char *plain = draw("-label 1 -seed 2 -n 70", &w, &h),
                  *guided = draw("-label 1 -seed 2 -n 70 -guidance 3", &w, &h);
    assert_true(memcmp(plain, guided, w * h) != 0);
    free(none);
    free(back);
    free(plain);
    free(guided);
}

static void images_of_another_size_are_drawn(void **state)
{
    (void)state;
    int w, h;
    free(draw("-label 1 -n 1 -width 9 -height 8", &w, &h));
    assert_int_equal(w, 9);
    assert_int_equal(h, 8);
    run_command(&r, "sed s/size=4/size=4\\\\nspatial=1/ %s > %s.spatial", cfg, cfg);
    run_command(&r, "%s pixelcnn sample %s.spatial %s -width 9 -scale 1 -out %s", darknet(), cfg, weights("final"),
                scratch("no.png"));
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "spatial=1: works only for images of 5 x 6"));
}

/* Drawn images occur as often as the net says: all 2-level images of 2 x 2 from 20,000 draws. */
static void images_are_drawn_in_proportion(void **state)
{
    (void)state;
    enum { N = 20000, BATCH = 500 };
    char text[1024];
    snprintf(
        text, sizeof text,
        "[net]\nbatch=%d\nheight=2\nwidth=2\n[gated_vstack]\nfilters=4\n[gated_hstack]\nfilters=4\n"
        "mask=a\n[skip_sum]\nfilters=4\n[convolutional]\nfilters=2\nactivation=linear\n[pixel_softmax]\nlevels=2\n",
        BATCH);
    network *net = net_of_text(text, 8);
    fill_biases(net, 9);
    unsigned char *levels = checked_calloc(N, 4);
    sample_naive(net, (sample_request){.n = N, .seed = 1, .temperature = 1}, levels);
    double count[16] = {0};
    for (int i = 0; i < N; ++i)
        ++count[levels[4 * i] | levels[4 * i + 1] << 1 | levels[4 * i + 2] << 2 | levels[4 * i + 3] << 3];
    for (int image = 0; image < 16; ++image) {
        for (int k = 0; k < 4; ++k) net->input[k] = net->truth[k] = image >> k & 1;
        net_nll(net);
        double p = exp(-loss_of(net)->nll[0]), error = sqrt(p * (1 - p) / N);
        if (fabs(count[image] / N - p) > 5 * error)
            fail_msg("image %d: drawn %g, probability %g", image, count[image] / N, p);
    }
    free(levels);
    free_network(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(training_reports_and_saves),
                                       cmocka_unit_test(the_same_seed_trains_the_same_weights),
                                       cmocka_unit_test(training_draws_sheets),
                                       cmocka_unit_test(training_starts_from_weights),
                                       cmocka_unit_test(eval_ends_with_its_line),
                                       cmocka_unit_test(samples_are_a_sheet_of_levels),
                                       cmocka_unit_test(samples_follow_seed_label_and_temperature),
                                       cmocka_unit_test(guidance_mixes_logits_with_and_without_label),
                                       cmocka_unit_test(images_of_another_size_are_drawn),
                                       cmocka_unit_test(images_are_drawn_in_proportion)};
    return cmocka_run_group_tests(tests, prepare, 0);
}
