/*
test_handed_on.c - what gated layers hand on to each other on the CPU: features where gated layers read,
planes where a stock layer or the loss does, neither where nothing reads; margins that stay zero; and the
same numbers in either.
*/
#include <math.h>
#include <string.h>
#include "layers/gated_hstack_layer.h"
#include "layers/gated_vstack_layer.h"
#include "layers/handed_on.h"
#include "network.h"
#include "pixelcnn/net/nonfinite.h"
#include "tests/family.h"
#include "tests/support.h"

static int is_gated(layer l) { return l.type == GATED_VSTACK || l.type == GATED_HSTACK; }

/* How many gated layers read layer i's output, by their own fields. */
static int gated_readers(const network *net, int i)
{
    int n = 0;
    for (int k = i + 1; k < net->n; ++k) {
        layer l = net->layers[k];
        if (l.type == GATED_VSTACK) n += vstack_of(&l)->from == i;
        if (l.type == GATED_HSTACK) n += hstack_of(&l)->from == i;
    }
    return n;
}

static void train_once(network *net)
{
    fill_biases(net, 5);
    random_batch(net, 7, 0);
    net->train = 1;
    forward_network(net);
    backward_network(net);
    net->train = 0;
}

static void planes_only_where_they_are_read(void **state)
{
    (void)state;
    int planes = 0, handed = 0;
    for (int f = 0; f < family_size; ++f) {
        network *net = family_member(f, 3);
        train_once(net); // without planes a conversion would crash
        for (int i = 0; i < net->n; ++i) {
            layer l = net->layers[i];
            if (!is_gated(l)) continue;
            LAYER_TYPE next = net->layers[i + 1].type;
            int to_head = next == CONVOLUTIONAL || next == ACTIVE;
            assert_int_equal(l.output != 0, to_head);
            assert_int_equal(l.delta != 0, to_head);
            assert_int_equal(handed_on_floats(&l) > 0, gated_readers(net, i) > 0);
            planes += to_head;
            handed += gated_readers(net, i) > 0;
        }
        free_network(net);
    }
    assert_true(planes > 0 && handed > 10);
}

/* Floats before, between and after the rows of all images. */
static void check_margins(const char *name, int i, layer l)
{
    const feature_batch *t = &base_of(&l)->handed.y;
    features y = t->first;
    size_t pixels = y.w * y.pixel, first = y.x - t->memory;
    for (size_t k = 0; k < first; ++k)
        if (t->memory[k] != 0) fail_msg("%s, layer %d: written before the first row", name, i);
    for (int r = 0; r < l.batch * l.out_h; ++r)
        for (size_t k = pixels; k < y.row; ++k)
            if (y.x[r * y.row + k] != 0) fail_msg("%s, layer %d: written behind row %d", name, i, r);
}

static void margins_stay_zero(void **state)
{
    (void)state;
    size_t margins = 0;
    for (int f = 0; f < family_size; ++f) {
        network *net = family_member(f, 3);
        train_once(net);
        for (int i = 0; i < net->n; ++i) {
            layer l = net->layers[i];
            if (!is_gated(l) || !handed_on_floats(&l)) continue;
            check_margins(family[f].name, i, l);
            margins += base_of(&l)->handed.y.first.row - l.out_w * base_of(&l)->handed.y.first.pixel;
        }
        free_network(net);
    }
    assert_true(margins > 0);
}

/* The same three layers, of which the last is read by a stock layer, or by one more gated layer. */
#define THREE                                                                                                          \
    "[net]\nbatch=3\nheight=5\nwidth=6\n[gated_vstack]\nfilters=18\n[gated_hstack]\nfilters=18\nmask=a\n"              \
    "[gated_hstack]\nfilters=18\n"
#define HEAD "[convolutional]\nfilters=4\nactivation=linear\n[pixel_softmax]\nlevels=4\n"

static void copy_values(network *from, network *to)
{
    param_list a = net_params(from), b = net_params(to);
    for (int i = 0; i < a.n && a.layer[i] <= 2; ++i) memcpy(b.p[i].value, a.p[i].value, a.p[i].n * sizeof(float));
    free_param_list(&a);
    free_param_list(&b);
}

static void planes_and_features_hold_the_same(void **state)
{
    (void)state;
    network *stock = net_of_text(THREE HEAD, 3),
            *gated = net_of_text(THREE "[gated_hstack]\nfilters=18\nsize=5\n" HEAD, 4);
    fill_biases(stock, 5);
    copy_values(stock, gated);
    random_batch(stock, 7, 0);
    memcpy(gated->input, stock->input, 3 * stock->inputs * sizeof(float));
    memcpy(gated->truth, stock->truth, 3 * stock->truths * sizeof(float));
    forward_network(stock);
    forward_network(gated);
    layer a = stock->layers[2], b = gated->layers[2];
    assert_non_null(a.output);
    assert_null(b.output);
    float *planes = checked_calloc(a.outputs, sizeof(float));
    for (int i = 0; i < 3; ++i) {
        copy_output(&b, i, planes);
        assert_memory_equal(planes, a.output + i * a.outputs, a.outputs * sizeof(float));
    }
    assert_true(largest(planes, a.outputs) > 0);
    free(planes);
    free_network(stock);
    free_network(gated);
}

static void messages_look_into_features(void **state)
{
    (void)state;
    char where[256];
    network *net = family_member(0, 3);
    random_batch(net, 7, 0);
    forward_network(net);
    assert_false(has_nonfinite_output(net, 0, 2, where));
    features y = batch_image(&base_of(&net->layers[1])->handed.y, 1);
    y.x[2 * y.row + 3 * y.pixel + 1] = INFINITY; // image 1, channel 1, row 2, column 3
    assert_true(has_nonfinite_output(net, 0, 2, where));
    int at = 4 * 30 + 30 + 2 * 5 + 3; // of 4 channels of 6 x 5
    char expected[64];
    snprintf(expected, sizeof expected, "layer 1 (gated_hstack), output[%d] is inf", at);
    assert_string_equal(where, expected);
    free_network(net);
}

TEST_MAIN(cmocka_unit_test(planes_only_where_they_are_read), cmocka_unit_test(margins_stay_zero),
          cmocka_unit_test(planes_and_features_hold_the_same), cmocka_unit_test(messages_look_into_features))
