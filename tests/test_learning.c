/*
test_learning.c - small nets learn synthetic data of known entropy: dependent colours, a label that acts on
each position separately, neighbouring levels. A net without what it needs must fail.
*/
#include <math.h>
#include <string.h>
#include "base/random.h"
#include "layers/gated_hstack_layer.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "network.h"
#include "tests/support.h"

/* Fills image b of the batch, number `image` of the set, and its truth. */
typedef void (*painter)(network *net, int b, uint64_t image);

static double uniform(uint64_t image, int position) { return random_unit(17, STREAM_SAMPLE, image, position); }

static void fill_from(network *net, painter paint, uint64_t first)
{
    memset(net->input, 0, (size_t)net->batch * net->inputs * sizeof(float));
    for (int b = 0; b < net->batch; ++b) paint(net, b, first + b);
}

static void set_value(network *net, int b, int place, int level)
{
    net->input[(size_t)b * net->inputs + place] = input_of_level(level, loss_of(net)->levels);
    net->truth[(size_t)b * net->truths + place] = level;
}

static void learn(network *net, painter paint, int updates)
{
    for (int t = 0; t < updates; ++t) {
        fill_from(net, paint, (uint64_t)t * net->batch);
        train_network_datum(net);
    }
}

/* Mean bits of each colour's values over images that were not learned from. */
static void measure(network *net, painter paint, int batches, double *bits)
{
    int plane = net->h * net->w, levels = loss_of(net)->levels;
    const layer out = net->layers[net->n - 1];
    net->train = 0;
    for (int c = 0; c < net->c; ++c) bits[c] = 0;
    for (int t = 0; t < batches; ++t) {
        fill_from(net, paint, 1000000 + (uint64_t)t * net->batch);
        forward_network(net);
        for (int i = 0; i < net->batch * net->truths; ++i) {
            int colour = i / plane % net->c, level = net->truth[i];
            float p = out.output[((size_t)(i / plane) * levels + level) * plane + i % plane];
            bits[colour] -= log2(p) / ((double)batches * net->batch * plane);
        }
    }
}

/* The same of a grey net that has learned. */
static double bits_learned(const char *cfg, painter paint, int updates, int batches)
{
    double bits;
    network *net = net_of_text(cfg, 2);
    learn(net, paint, updates);
    measure(net, paint, batches, &bits);
    free_network(net);
    return bits;
}

/* ---- colour: R is a fair bit, G = R, B = R flipped with probability 0.1; all pixels independent ---- */

static const char colour_cfg[] =
    "[net]\nbatch=16\nheight=6\nwidth=5\nchannels=3\nadam=1\nlearning_rate=0.01\ndecay=0\n"
    "[gated_vstack]\nfilters=6\n[gated_hstack]\nfilters=12\nmask=a\n[gated_vstack]\nfilters=6\n[gated_hstack]\nfilters="
    "12\n"
    "[skip_sum]\nfilters=12\nactivation=relu\n[convolutional]\nfilters=6\ngroups=3\nactivation=linear\n"
    "[pixel_softmax]\nlevels=2\n";

static void paint_colours(network *net, int b, uint64_t image)
{
    int plane = net->h * net->w;
    for (int i = 0; i < plane; ++i) {
        int red = uniform(image, 2 * i) < .5, flipped = uniform(image, 2 * i + 1) < .1;
        set_value(net, b, i, red);
        set_value(net, b, plane + i, red);
        set_value(net, b, 2 * plane + i, red ^ flipped);
    }
}

/* Forbids the first horizontal layer its current column, where G and B would see R. */
static void cut_off_current_pixel(network *net)
{
    param *w = hstack_of(&net->layers[1])->w;
    int taps = hstack_of(&net->layers[1])->conv.kw;
    for (size_t k = taps - 1; k < w->n; k += taps) w->allowed[k] = w->value[k] = 0;
}

static void colours_learn_their_order(void **state)
{
    (void)state;
    double bits[3];
    network *net = net_of_text(colour_cfg, 1);
    learn(net, paint_colours, 400);
    measure(net, paint_colours, 20, bits);
    print_message("colours: %.3f %.3f %.3f bits, entropy 1 0 0.469\n", bits[0], bits[1], bits[2]);
    assert_float_equal(bits[0], 1, .02);
    assert_float_equal(bits[1], 0, .02);
    assert_float_equal(bits[2], .469, .02);
    free_network(net);
    net = net_of_text(colour_cfg, 1);
    cut_off_current_pixel(net);
    learn(net, paint_colours, 400);
    measure(net, paint_colours, 20, bits);
    print_message("colours, G and B cut off from R: %.3f %.3f %.3f bits\n", bits[0], bits[1], bits[2]);
    assert_true(bits[1] > .9 && bits[2] > .9);
    free_network(net);
}

/* ---- a label that acts by position: each pixel is 1 with a probability from a fixed random map of its label
   ---- */

static const char spatial_cfg[] = "[net]\nbatch=16\nheight=11\nwidth=12\nadam=1\nlearning_rate=0.01\ndecay=0\nema=0."
                                  "99\npolicy=steps\nsteps=600\nscales=0.1\n"
                                  "[label_embed]\nclasses=3\nsize=4\nspatial=1\n"
                                  "[gated_vstack]\nfilters=6\n[gated_hstack]\nfilters=6\nmask=a\n[gated_vstack]"
                                  "\nfilters=6\n[gated_hstack]\nfilters=6\n"
                                  "[skip_sum]\nfilters=8\nactivation=relu\n[convolutional]\nfilters=2\nactivation="
                                  "linear\n[pixel_softmax]\nlevels=2\n";

static double map_at(int label, int i) { return random_unit(23, STREAM_SAMPLE, label, i); }

static void paint_maps(network *net, int b, uint64_t image)
{
    int label = image % 3;
    for (int i = 0; i < net->truths; ++i) set_value(net, b, i, uniform(image, i) < map_at(label, i));
    net->input[(size_t)b * net->inputs + net->truths + label] = 1;
}

static double entropy_of_maps(int pixels)
{
    double sum = 0;
    for (int label = 0; label < 3; ++label)
        for (int i = 0; i < pixels; ++i) {
            double p = map_at(label, i);
            sum -= (p * log2(p) + (1 - p) * log2(1 - p)) / (3 * pixels);
        }
    return sum;
}

static void a_spatial_label_learns_what_a_global_one_cannot(void **state)
{
    (void)state;
    char global_cfg[1024];
    strcpy(global_cfg, spatial_cfg);
    strstr(global_cfg, "spatial=1")[8] = '0';
    double entropy = entropy_of_maps(11 * 12), spatial = bits_learned(spatial_cfg, paint_maps, 900, 60),
           global = bits_learned(global_cfg, paint_maps, 900, 60);
    print_message("maps: entropy %.4f, spatial label %.4f, global label %.4f bits\n", entropy, spatial, global);
    assert_true(spatial < 1.02 * entropy);
    assert_true(global > 1.1 * entropy);
}

/* ---- levels that are neighbours: an image has black pixels and white ones, and its white is one of 252 ..
   255 ---- */

#define WHITE_CFG(features)                                                                                            \
    "[net]\nbatch=16\nheight=6\nwidth=5\nadam=1\nlearning_rate=0.01\ndecay=0\n" features                               \
    "[gated_vstack]\nfilters=8\nsize=5\n[gated_hstack]\nfilters=8\nsize=5\nmask=a\n[gated_vstack]\nfilters=8\n"        \
    "[gated_hstack]\nfilters=8\n[skip_sum]\nfilters=16\nactivation=relu\n[convolutional]\nfilters=256\n"               \
    "activation=linear\n[pixel_softmax]\nlevels=256\n"

static void paint_whites(network *net, int b, uint64_t image)
{
    int white = 252 + (int)(4 * uniform(image, net->truths));
    for (int i = 0; i < net->truths; ++i) set_value(net, b, i, uniform(image, i) < .5 ? 0 : white);
}

static void neighbouring_levels_are_distinguished(void **state)
{
    (void)state;
    double entropy = 1 + 2. / 30, with = bits_learned(WHITE_CFG("[pixel_fourier]\n"), paint_whites, 500, 20),
           without = bits_learned(WHITE_CFG(""), paint_whites, 500, 20);
    print_message("whites: entropy %.3f bits, with pixel_fourier %.3f, without %.3f\n", entropy, with, without);
    assert_true(with < entropy + .1);
    assert_true(without > entropy + .7);
}

TEST_MAIN(cmocka_unit_test(colours_learn_their_order),
          cmocka_unit_test(a_spatial_label_learns_what_a_global_one_cannot),
          cmocka_unit_test(neighbouring_levels_are_distinguished))
