/*
test_fourier.c - the features of pixel_fourier against sines and cosines in double, and how a net is wired
with them.
*/
#include <math.h>
#include <stdio.h>
#include "layers/math/fourier_math.h"
#include "layers/math/levels.h"
#include "layers/pixel_fourier_layer.h"
#include "layers/pixel_softmax_layer.h"
#include "network.h"
#include "tests/support.h"

enum { WIDTH = 1 + 2 * MOST_OCTAVES };

static void check_features(float x)
{
    float y[WIDTH];
    fourier_features(x, MOST_OCTAVES, y, 1);
    assert_true(y[0] == x);
    for (int j = 1; j <= MOST_OCTAVES; ++j) {
        double angle = ldexp(M_PI, j) * x;
        assert_float_equal(y[2 * j - 1], sin(angle), 1e-6);
        assert_float_equal(y[2 * j], 1 - cos(angle), 1e-6);
    }
}

static void features_are_sines_and_cosines(void **state)
{
    (void)state;
    for (int levels = 2; levels <= 256; ++levels)
        for (int q = 0; q < levels; ++q) check_features(input_of_level(q, levels));
    for (int i = -4096; i <= 4096; ++i) check_features(i / 1024.f); // ties of the rounding, and values outside 0 .. 1
    for (int i = -1000; i <= 1000; ++i) check_features(i * .00317f);
}

/* Black is what lies around the image, and neighbours of 256 levels are half a turn apart. */
static void features_distinguish_neighbours(void **state)
{
    (void)state;
    float black[WIDTH], a[WIDTH], b[WIDTH];
    fourier_features(0, MOST_OCTAVES, black, 1);
    for (int i = 0; i < WIDTH; ++i) assert_true(black[i] == 0);
    for (int q = 0; q < 255; ++q) {
        double apart = 0;
        fourier_features(input_of_level(q, 256), MOST_OCTAVES, a, 1);
        fourier_features(input_of_level(q + 1, 256), MOST_OCTAVES, b, 1);
        for (int i = 0; i < WIDTH; ++i) apart += (b[i] - a[i]) * (b[i] - a[i]);
        assert_true(sqrt(apart) > 2);
    }
}

static void the_gradient_is_the_features_derivative(void **state)
{
    (void)state;
    enum { STEP = 3 };
    float y[WIDTH * STEP], dy[WIDTH * STEP];
    for (int k = 0; k < 200; ++k) {
        float x = k * .0051f;
        double expected = 0;
        fourier_features(x, MOST_OCTAVES, y, STEP);
        for (int i = 0; i < WIDTH; ++i) dy[i * STEP] = cos(k + i);
        for (int i = 0; i < WIDTH; ++i) {
            double rate = ldexp(M_PI, (i + 1) / 2), angle = rate * x;
            expected += dy[i * STEP] * (i == 0 ? 1 : rate * (i % 2 ? cos(angle) : sin(angle)));
        }
        assert_float_equal(fourier_gradient(y, dy, MOST_OCTAVES, STEP), expected, 2e-3); // of about 800
    }
}

/* `image`, the label's layer and the features' are the same input to what reads the image. */
static void layers_that_read_the_image_read_its_features(void **state)
{
    (void)state;
    static const char text[] =
        "[net]\nbatch=2\nheight=4\nwidth=5\n[label_embed]\nclasses=3\n[pixel_fourier]\noctaves=3\n"
        "[gated_vstack]\nfilters=2\n[gated_vstack]\nfilters=2\nfrom=%s\n[gated_hstack]\nfilters=2\nmask=a\n"
        "[skip_sum]\nfilters=2\n[convolutional]\nfilters=9\nactivation=linear\n[pixel_softmax]\nlevels=9\n";
    static const char *const names[] = {"image", "0", "1", "-2", "2"};
    double nll[5];
    for (int i = 0; i < 5; ++i) {
        char spelt[600];
        snprintf(spelt, sizeof spelt, text, names[i]);
        network *net = net_of_text(spelt, 3);
        assert_int_equal(octaves_of(net), 3);
        assert_int_equal(net->layers[2].c, 7);
        assert_int_equal(net->layers[4].c, 7);
        random_batch(net, 1, 0);
        nll[i] = net_nll(net);
        free_network(net);
    }
    for (int i = 1; i < 4; ++i) assert_true(nll[0] == nll[i]);
    assert_true(nll[0] != nll[4]);
}

TEST_MAIN(cmocka_unit_test(features_are_sines_and_cosines), cmocka_unit_test(features_distinguish_neighbours),
          cmocka_unit_test(the_gradient_is_the_features_derivative),
          cmocka_unit_test(layers_that_read_the_image_read_its_features))
