/*
test_distort.c - distorted training images: the map, its range, which rows are distorted, and that nothing
else is.
*/
#include <math.h>
#include <string.h>
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/data/distort.h"
#include "tests/support.h"

enum { SIDE = 29, PIXELS = SIDE * SIDE, MID = SIDE / 2, REACH = 7, ROWS = 2000 };

#define CFG(keys)                                                                                                      \
    "[net]\nheight=29\nwidth=29\n" keys "[label_embed]\nclasses=3\n[gated_vstack]\nfilters=2\n[gated_hstack]\n"        \
    "filters=2\nmask=a\n[skip_sum]\nfilters=2\n[convolutional]\nfilters=256\nactivation=linear\n"                      \
    "[pixel_softmax]\nlevels=256\n"

/* Image 0 says how far right a pixel is, image 1 how far down: 128 + 4 times the pixels from the middle. */
static dataset ramps(void)
{
    dataset d = {.n = 2, .c = 1, .h = SIDE, .w = SIDE, .classes = 3};
    d.pixels = checked_calloc(2 * PIXELS, 1);
    d.labels = checked_calloc(2 * 3, sizeof(float));
    for (int i = 0; i < PIXELS; ++i) {
        d.pixels[i] = 128 + 4 * (i % SIDE - MID);
        d.pixels[PIXELS + i] = 128 + 4 * (i / SIDE - MID);
    }
    one_hot_label(d.labels, 3, 2);
    one_hot_label(d.labels + 3, 3, 1);
    return d;
}

/* ---- the map ---- */

static void quarter_turns_and_slants_are_exact(void **state)
{
    (void)state;
    unsigned char from[2 * 5 * 5], to[2 * 5 * 5];
    for (int i = 0; i < 50; ++i) from[i] = i * i * 7 % 256;
    affine_image(from, 2, 5, 5, (double[]){1, 0, 0, 1}, to);
    assert_memory_equal(to, from, sizeof to);
    affine_image(from, 2, 5, 5, (double[]){0, -1, 1, 0}, to); // x, y shows what was at -y, x
    for (int c = 0; c < 2; ++c)
        for (int i = 0; i < 25; ++i) assert_int_equal(to[c * 25 + i], from[c * 25 + i % 5 * 5 + 4 - i / 5]);
    affine_image(from, 2, 5, 5, (double[]){1, 1, 0, 1}, to); // x, y shows what was at x + y, y
    for (int c = 0; c < 2; ++c)
        for (int i = 0; i < 25; ++i) {
            int x = i % 5 + i / 5 - 2;
            assert_int_equal(to[c * 25 + i], from[c * 25 + i / 5 * 5 + (x < 0 ? 0 : x > 4 ? 4 : x)]);
        }
}

/* Cubic convolution passes through the values, keeps straight lines, and overshoots beside a step. */
static void between_pixels_it_is_cubic(void **state)
{
    (void)state;
    unsigned char line[8] = {0, 10, 20, 30, 200, 200, 200, 40}, to[8];
    affine_image(line, 1, 1, 8, (double[]){.5, 0, 0, 1}, to); // shows 1.75 2.25 2.75 3.25 3.75 4.25 4.75 5.25
    assert_int_equal(to[0], 18);                              // 17.5
    assert_int_equal(to[3], (int)(30 * .8671875 + 200 * .2265625 - 20 * .0703125 - 200 * .0234375 + .5));
    assert_int_equal(to[5], 212); // 200 + 170 * .0703125
    assert_int_equal(to[7], (int)(200 * (.8671875 + .2265625 - .0703125) - 40 * .0234375 + .5));
}

/* ---- how far ---- */

/* Slope of a distorted ramp along a direction, in pixels a pixel. */
static double slope(const float *levels, int step)
{
    return (levels[PIXELS / 2 + REACH * step] - levels[PIXELS / 2 - REACH * step]) / (4. * 2 * REACH);
}

/* A of the row at a place, from how it distorts the ramps. */
static void map_of_row(network *net, const dataset *d, uint64_t seed, uint64_t place, double A[4])
{
    float input[PIXELS + 3], truth[PIXELS];
    for (int k = 0; k < 2; ++k) {
        fill_training_row(d, net, (training_image){k, seed, place}, input, truth);
        A[2 * k] = slope(truth, 1);
        A[2 * k + 1] = slope(truth, SIDE);
        for (int i = 0; i < PIXELS; ++i) assert_true(input[i] == input_of_level(truth[i], 256));
        assert_memory_equal(input + PIXELS, d->labels + 3 * k, 3 * sizeof(float));
    }
}

/* A = R(t) [s, k; 0, 1/s] taken apart: degrees, k, s squared. */
static void take_apart(const double A[4], double part[3])
{
    double t = atan2(A[2], A[0]);
    part[0] = t * 180 / acos(-1);
    part[1] = cos(t) * A[1] + sin(t) * A[3];
    part[2] = A[0] * A[0] + A[2] * A[2];
}

static void check_reach(const char *keys, const double low[3], const double high[3])
{
    double least[3] = {1e9, 1e9, 1e9}, most[3] = {-1e9, -1e9, -1e9};
    char text[1024];
    snprintf(text, sizeof text, CFG("%s"), keys);
    network *net = net_of_text(text, 0);
    dataset d = ramps();
    for (int place = 0; place < ROWS; ++place) {
        double A[4], part[3];
        map_of_row(net, &d, 7, place, A);
        take_apart(A, part);
        assert_float_equal(A[0] * A[3] - A[1] * A[2], 1, .06); // the ramps are bytes
        for (int i = 0; i < 3; ++i) {
            least[i] = fmin(least[i], part[i]);
            most[i] = fmax(most[i], part[i]);
        }
    }
    const double near[] = {2, .04, .06};
    for (int i = 0; i < 3; ++i) {
        assert_float_equal(least[i], low[i], near[i]);
        assert_float_equal(most[i], high[i], near[i]);
    }
    free_dataset(&d);
    free_network(net);
}

static void distortion_reaches_the_limits_of_the_cfg(void **state)
{
    (void)state;
    check_reach("distort=1\nangle=30\n", (double[]){-30, 0, 1}, (double[]){30, 0, 1});
    check_reach("distort=1\nshear=0.4\n", (double[]){0, -.4, 1}, (double[]){0, .4, 1});
    check_reach("distort=1\naspect=1.5\n", (double[]){0, 0, 1 / 1.5}, (double[]){0, 0, 1.5});
    check_reach("distort=1\nangle=10\nshear=0.2\naspect=1.2\n", (double[]){-10, -.2, 1 / 1.2}, (double[]){10, .2, 1.2});
}

/* ---- which rows ---- */

static int is_distorted(network *net, const dataset *d, uint64_t seed, uint64_t place, float *truth)
{
    float input[PIXELS + 3], plain[PIXELS];
    fill_training_row(d, net, (training_image){0, seed, place}, input, truth);
    fill_row(d, net, 0, input, plain);
    return !!memcmp(truth, plain, sizeof plain);
}

/* A turn by less than half a degree can leave the ramp as it is. */
static void the_share_of_distorted_images_is_the_cfgs(void **state)
{
    (void)state;
    const char *keys[] = {"", "distort=1\n", "distort=.25\nangle=20\n", "distort=1\nangle=20\n"};
    const int lowest[] = {0, 0, 420, 1920}, highest[] = {0, 0, 560, 2000};
    dataset d = ramps();
    for (int i = 0; i < 4; ++i) {
        float truth[PIXELS];
        char text[1024];
        snprintf(text, sizeof text, CFG("%s"), keys[i]);
        network *net = net_of_text(text, 0);
        int n = 0;
        for (int place = 0; place < ROWS; ++place) n += is_distorted(net, &d, 3, place, truth);
        assert_in_range(n, lowest[i], highest[i]);
        free_network(net);
    }
    free_dataset(&d);
}

static void seed_and_place_alone_say_how(void **state)
{
    (void)state;
    dataset d = ramps();
    network *net = net_of_text(CFG("distort=1\nangle=20\n"), 0);
    float first[PIXELS], again[PIXELS];
    is_distorted(net, &d, 3, 5000000000, first);
    is_distorted(net, &d, 3, 0, again);
    assert_memory_not_equal(first, again, sizeof first);
    is_distorted(net, &d, 4, 5000000000, again);
    assert_memory_not_equal(first, again, sizeof first);
    is_distorted(net, &d, 3, 5000000000, again);
    assert_memory_equal(first, again, sizeof first);
    free_network(net);
    free_dataset(&d);
}

/* ---- the commands ---- */

static run_result r;

/* Writes a cfg with the keys, trains one iteration of no step on toy images; returns what the training
   printed. */
static const char *trained_with(const char *name, const char *keys)
{
    char cfg[300], text[1024];
    snprintf(text, sizeof text, CFG("batch=8\nlearning_rate=0\nmax_batches=1\n%s"), keys);
    snprintf(cfg, sizeof cfg, "%s/%s.cfg", scratch("commands"), name);
    write_text(cfg, text);
    run_command(&r, "%s pixelcnn train %s %s -backup %s/%s -json", darknet(), cfg, scratch("toy"), scratch("commands"),
                name);
    if (r.status) fail_msg("%s", r.err);
    return r.out;
}

/* The update sees other images, the validation the same. */
static void held_out_images_are_unchanged(void **state)
{
    (void)state;
    char plain[512], plain_log[2][512];
    make_toy_data(scratch("toy"), (toy_data){.n = 40, .c = 1, .h = SIDE, .w = SIDE, .classes = 3, .seed = 4});
    run_command(&r, "mkdir -p %s", scratch("commands"));
    strcpy(plain, strstr(trained_with("plain", ""), "validation_bits"));
    const char *distorted = strstr(trained_with("distorted", "distort=1\nangle=30\n"), "validation_bits");
    assert_string_equal(plain, distorted);
    for (int i = 0; i < 2; ++i) {
        run_command(&r, "grep ^1, %s/%s/*.csv | cut -d, -f4", scratch("commands"), i ? "distorted" : "plain");
        assert_int_equal(r.status, 0);
        strcpy(plain_log[i], r.out);
    }
    assert_string_not_equal(plain_log[0], plain_log[1]);
}

TEST_MAIN(cmocka_unit_test(quarter_turns_and_slants_are_exact), cmocka_unit_test(between_pixels_it_is_cubic),
          cmocka_unit_test(distortion_reaches_the_limits_of_the_cfg),
          cmocka_unit_test(the_share_of_distorted_images_is_the_cfgs), cmocka_unit_test(seed_and_place_alone_say_how),
          cmocka_unit_test(held_out_images_are_unchanged))
