/*
test_wiring.c - the layers are wired as a Gated PixelCNN: nothing sees later values, and the output is a
probability distribution over images.
*/
#include <math.h>
#include <string.h>
#include "base/random.h"
#include "layers/pixel_softmax_layer.h"
#include "network.h"
#include "tests/family.h"
#include "tests/support.h"

/* Place of the value at a position (rows, then columns, then colours) in an input row. */
static int place_of(const network *net, int position)
{
    int pixel = position / net->c, colour = position % net->c;
    return colour * net->h * net->w + pixel;
}

static void same_logits(const char *name, network *net, const float *first, int position, int changed)
{
    int levels = loss_of(net)->levels, plane = net->h * net->w;
    layer out = net->layers[net->n - 2];
    size_t at = (size_t)(position % net->c) * levels * plane + position / net->c;
    for (int l = 0; l < levels; ++l)
        if (memcmp(first + at + (size_t)l * plane, out.output + at + (size_t)l * plane, sizeof(float)))
            fail_msg("%s: position %d sees position %d", name, position, changed);
}

/* Two images that are the same before position i and differ from it on: the outputs at all positions up to i,
   itself included, are the same to the bit. And the next position does see it. */
static void check_causality(const char *name, network *net)
{
    layer out = net->layers[net->n - 2];
    float *first = checked_calloc(out.outputs, sizeof(float));
    int seen = 0;
    random_batch(net, 1, 1);
    float *original = checked_calloc(net->inputs, sizeof(float));
    memcpy(original, net->input, net->inputs * sizeof(float));
    forward_network(net);
    memcpy(first, out.output, out.outputs * sizeof(float));
    for (int i = 0; i < net->truths; ++i) {
        for (int j = i; j < net->truths; ++j)
            net->input[place_of(net, j)] = random_unit(i, STREAM_SAMPLE, j, 7) * 3 - 1;
        forward_network(net);
        for (int j = 0; j <= i; ++j) same_logits(name, net, first, j, i);
        seen += memcmp(first, out.output, out.outputs * sizeof(float)) != 0;
        memcpy(net->input, original, net->inputs * sizeof(float));
    }
    if (seen < net->truths - net->c)
        fail_msg("%s: only %d of %d positions are seen by any later one", name, seen, net->truths);
    free(first);
    free(original);
}

static void no_position_sees_itself_or_later_ones(void **state)
{
    (void)state;
    for (int f = 0; f < family_size; ++f) {
        network *net = net_of_text(family[f].cfg, 3);
        fill_biases(net, 4);
        check_causality(family[f].name, net);
        free_network(net);
    }
}

static void probabilities_sum_to_one(void **state)
{
    (void)state;
    for (int f = 0; f < family_size; ++f) {
        network *net = net_of_text(family[f].cfg, 3);
        random_batch(net, 1, 0);
        forward_network(net);
        layer l = net->layers[net->n - 1];
        int levels = loss_of(net)->levels, plane = net->h * net->w;
        for (int b = 0; b < net->batch * net->c; ++b)
            for (int i = 0; i < plane; ++i) {
                double sum = 0;
                for (int q = 0; q < levels; ++q) sum += l.output[((size_t)b * levels + q) * plane + i];
                assert_float_equal(sum, 1, 1e-5);
            }
        free_network(net);
    }
}

/* Image number `image` of all that there are, under a label that is a mixture where the net has one. */
static void set_image(network *net, int b, int image)
{
    float *x = net->input + (size_t)b * net->inputs, *y = net->truth + (size_t)b * net->truths;
    for (int i = 0; i < net->truths; ++i) x[i] = y[i] = image >> i & 1;
    for (int k = net->truths; k < net->inputs; ++k) x[k] = .3 + .2 * (k - net->truths);
}

/* The likelihoods of all images: of a net with N values of 2 levels, 2^N. */
static void check_total(const char *net_keys, const char *label, const char *vertical, int colours)
{
    char cfg[1024];
    snprintf(cfg, sizeof cfg,
             "[net]\nbatch=2\nchannels=%d\n%s%s[gated_vstack]\nfilters=6\n%s[gated_hstack]\nfilters=6\nmask=a\n"
             "[gated_vstack]\nfilters=6\n%s[gated_hstack]\nfilters=6\n[skip_sum]\nfilters=6\nactivation=relu\n"
             "[convolutional]\nfilters=%d\ngroups=%d\nactivation=linear\n[pixel_softmax]\nlevels=2\n",
             colours, net_keys, label, vertical, vertical, 2 * colours, colours);
    network *net = net_of_text(cfg, 5);
    fill_biases(net, 6);
    double total = 0;
    for (int image = 0; image < 1 << net->truths; image += net->batch) {
        for (int b = 0; b < net->batch; ++b) set_image(net, b, image + b);
        forward_network(net);
        for (int b = 0; b < net->batch; ++b) total += exp(-loss_of(net)->nll[b]);
    }
    if (fabs(total - 1) > 1e-4) fail_msg("the likelihoods of all images sum to %.6f for\n%s", total, cfg);
    free_network(net);
}

#define LABEL "[label_embed]\nclasses=3\nsize=4\n"

static void likelihoods_of_all_images_sum_to_one(void **state)
{
    (void)state;
    check_total("height=3\nwidth=3\n", "", "", 1);
    check_total("height=2\nwidth=5\n", "", "", 1);
    check_total("height=3\nwidth=3\n", LABEL, "", 1);
    check_total("height=3\nwidth=3\n", LABEL "spatial=1\n", "", 1);
    check_total("height=3\nwidth=3\n", LABEL, "dilation=2\n", 1);
    check_total("height=3\nwidth=3\n", LABEL, "factored=1\nsize=5\n", 1);
    check_total("height=2\nwidth=2\n", "", "", 3);
    check_total("height=1\nwidth=4\n", LABEL "spatial=1\n", "factored=1\n", 3);
}

/* Two layers of 3 x 3 see two pixels far: a value sees all earlier ones of its neighbourhood, those above and
   to the right too, which a shift in every vertical layer would hide. */
/* Layers are named by absolute or relative number; layer 0 does not stand for the image if the net has no
   label. */
static void a_layer_is_named_from_either_end(void **state)
{
    static const char text[] =
        "[net]\nbatch=2\nheight=4\nwidth=5\n[gated_vstack]\nfilters=2\n[gated_hstack]\nfilters=2\nmask=a\n"
        "[gated_vstack]\nfilters=2\n[gated_vstack]\nfilters=2\nfrom=%s\n[gated_hstack]\nfilters=2\nvertical=%s\n"
        "[skip_sum]\nfilters=2\n[convolutional]\nfilters=3\nactivation=linear\n[pixel_softmax]\nlevels=3\n";
    static const char *const names[][2] = {{"0", "3"}, {"-3", "-1"}, {"2", "3"}};
    double nll[3];
    (void)state;
    for (int i = 0; i < 3; ++i) {
        char spelt[600];
        snprintf(spelt, sizeof spelt, text, names[i][0], names[i][1]);
        network *net = net_of_text(spelt, 3);
        random_batch(net, 1, 0);
        nll[i] = net_nll(net);
        free_network(net);
    }
    assert_true(nll[0] == nll[1]);
    assert_true(nll[0] != nll[2]);
}

static void no_blind_spot(void **state)
{
    (void)state;
    network *net = net_of_text(
        "[net]\nbatch=2\nheight=7\nwidth=9\n[gated_vstack]\nfilters=6\n[gated_hstack]\nfilters=6\n"
        "mask=a\n[gated_vstack]\nfilters=6\n[gated_hstack]\nfilters=6\n[skip_sum]\nfilters=6\n"
        "[convolutional]\nfilters=2\nactivation=linear\n[pixel_softmax]\nlevels=2\n",
        5);
    int r = 4, c = 4, here = r * net->w + c;
    layer out = net->layers[net->n - 2];
    random_batch(net, 1, 0);
    forward_network(net);
    float before = out.output[here];
    for (int dr = -2; dr <= 0; ++dr)
        for (int dc = -2; dc <= (dr ? 2 : -1); ++dc) {
            float *x = net->input + (r + dr) * net->w + c + dc;
            *x += 1;
            forward_network(net);
            if (out.output[here] == before) fail_msg("the pixel %d rows up, %d columns on is not seen", -dr, dc);
            *x -= 1;
        }
    free_network(net);
}

TEST_MAIN(cmocka_unit_test(no_position_sees_itself_or_later_ones), cmocka_unit_test(probabilities_sum_to_one),
          cmocka_unit_test(likelihoods_of_all_images_sum_to_one), cmocka_unit_test(no_blind_spot),
          cmocka_unit_test(a_layer_is_named_from_either_end))
