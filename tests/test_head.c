/*
test_head.c - the head's 1x1 convolutions to the bit: each output, gradient and update is the sum, in the
order that layers/head_conv.h states. So an image's numbers depend neither on what else is in the batch nor on
the number of parts.
*/
#include <string.h>
#include "base/random.h"
#include "base/threads.h"
#include "convolutional_layer.h"
#include "layers/head_conv.h"
#include "tests/chain.h"
#include "tests/support.h"

enum { BATCH = 3, H = 7, W = 19, PIXELS = H * W };

typedef struct {
    layer l;
    network net;
    int groups, in, out; // channels of a group
} head;

static void refill(float **x, size_t n, int stream)
{
    free(*x);
    *x = random_floats(n, stream);
}

/* Everything random: what must be overwritten, too. */
static head run_head(int groups, int in, int out, int parts)
{
    head t = {.groups = groups, .in = in, .out = out};
    t.l = make_convolutional_layer(BATCH, H, W, groups * in, groups * out, groups, 1, 1, 0, LINEAR, 0, 0, 0, 0);
    int usual = use_threads(parts);
    make_head_conv(&t.l);
    use_threads(usual);
    refill(&t.l.weights, t.l.nweights, 1);
    refill(&t.l.biases, t.l.n, 2);
    refill(&t.l.weight_updates, t.l.nweights, 3);
    refill(&t.l.bias_updates, t.l.n, 4);
    refill(&t.l.output, (size_t)BATCH * t.l.outputs, 5);
    refill(&t.l.delta, (size_t)BATCH * t.l.outputs, 6);
    t.net = (network){.input = random_floats((size_t)BATCH * t.l.inputs, 7),
                      .delta = random_floats((size_t)BATCH * t.l.inputs, 8)};
    t.net.workspace = random_floats(t.l.workspace_size / sizeof(float), 9);
    t.net.layers = &t.l;
    t.l.forward(t.l, t.net);
    t.l.backward(t.l, t.net);
    return t;
}

static void free_head(head *t)
{
    free(t->net.input);
    free(t->net.delta);
    free(t->net.workspace);
    free_layer(t->l);
}

/* The planes of channel c of group g. */
static const float *input_plane(const head *t, int b, int g, int c)
{
    return t->net.input + (((size_t)b * t->groups + g) * t->in + c) * PIXELS;
}

static size_t output_plane(const head *t, int b, int g, int c)
{
    return (((size_t)b * t->groups + g) * t->out + c) * PIXELS;
}

static const float *weights(const head *t, int g, int o) { return t->l.weights + ((size_t)g * t->out + o) * t->in; }

static void check_outputs(const head *t, int b, int g)
{
    for (int o = 0; o < t->out; ++o)
        for (int i = 0; i < PIXELS; ++i) {
            float y = t->l.biases[g * t->out + o];
            for (int c = 0; c < t->in; ++c) y = chain_step(weights(t, g, o)[c], input_plane(t, b, g, c)[i], y);
            assert_true(t->l.output[output_plane(t, b, g, o) + i] == y);
        }
}

static void check_data_gradient(const head *t, int b, int g)
{
    for (int c = 0; c < t->in; ++c)
        for (int i = 0; i < PIXELS; ++i) {
            float dx = 0;
            for (int o = 0; o < t->out; ++o)
                dx = chain_step(weights(t, g, o)[c], t->l.delta[output_plane(t, b, g, o) + i], dx);
            assert_true(t->net.delta[input_plane(t, b, g, c) - t->net.input + i] == dx);
        }
}

/* Of one image; c = -1: of the bias. */
static float update_of(const head *t, int b, int g, int o, int c)
{
    const float *ds = t->l.delta + output_plane(t, b, g, o);
    float sum = 0;
    if (c < 0) return sum_of_16(PIXELS, ds);
    for (int i = 0; i < PIXELS; ++i) sum = chain_step(ds[i], input_plane(t, b, g, c)[i], sum);
    return sum;
}

/* The images are summed in a tree (base/slices.h). */
static void check_updates(const head *t, int g)
{
    float *w = random_floats(t->l.nweights, 3), *bias = random_floats(t->l.n, 4);
    for (int o = 0; o < t->out; ++o)
        for (int c = -1; c < t->in; ++c) { // -1: the bias
            float sum = (update_of(t, 0, g, o, c) + update_of(t, 1, g, o, c)) + update_of(t, 2, g, o, c);
            int at = g * t->out + o;
            if (c < 0)
                assert_true(t->l.bias_updates[at] == bias[at] + sum);
            else
                assert_true(t->l.weight_updates[at * t->in + c] == w[at * t->in + c] + sum);
        }
    free(w);
    free(bias);
}

static void check_head(int groups, int in, int out, int parts)
{
    head t = run_head(groups, in, out, parts);
    for (int g = 0; g < groups; ++g) {
        for (int b = 0; b < BATCH; ++b) {
            check_outputs(&t, b, g);
            check_data_gradient(&t, b, g);
        }
        check_updates(&t, g);
    }
    free_head(&t);
}

static void sums_have_one_order(void **state)
{
    (void)state;
    for (int parts = 1; parts <= 3; ++parts) {
        check_head(1, 5, 4, parts);
        check_head(1, 40, 33, parts);
        check_head(3, 7, 16, parts);
    }
}

TEST_MAIN(cmocka_unit_test(sums_have_one_order))
