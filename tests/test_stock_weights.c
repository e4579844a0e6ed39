/*
test_stock_weights.c - weight files of every kind of stock layer, and the cfg keys of Darknet that affect
loading.
*/
#include <stdlib.h>
#include <string.h>
#include "network.h"
#include "pixelcnn/net/layer_table.h"
#include "tests/support.h"

#define NET "[net]\nbatch=1\nheight=6\nwidth=5\nchannels=2\nmax_batches=1\n"

static const char *const kinds[] = {
    NET "[convolutional]\nbatch_normalize=1\nfilters=3\nsize=3\npad=1\nactivation=relu\n[deconvolutional]\nfilters=2\n"
        "size=2\nstride=2\n[local]\nfilters=2\nsize=3\npad=1\nactivation=tanh\n",
    NET "[convolutional]\nfilters=3\nsize=1\nactivation=relu\n[batchnorm]\n[maxpool]\nsize=2\nstride=2\n"
        "[connected]\nbatch_normalize=1\noutput=4\nactivation=leaky\n[softmax]\n",
    NET "[crnn]\noutput_filters=3\nhidden_filters=2\nbatch_normalize=1\n",
    NET "[rnn]\noutput=3\nbatch_normalize=1\n[gru]\noutput=4\nbatch_normalize=0\n[lstm]\noutput=2\nbatch_normalize=1\n",
};

static const char connected[] = NET "[connected]\noutput=4\nactivation=linear\n";
static const char two_layers[] = NET "[conv]\nfilters=3\nsize=1\n[conv]\nfilters=2\nsize=1\n";

static network *net_of(const char *text)
{
    const char *path = scratch("stock.cfg");
    write_text(path, text);
    return parse_network_cfg((char *)path);
}

/* A net from the text in which every float of the weight file is different. */
static network *numbered(const char *text)
{
    network *net = net_of(text);
    param arrays[MAX_ARRAYS];
    int next = 1;
    for (int i = 0; i < net->n; ++i)
        for (int k = layer_arrays(net->layers[i], 0, arrays); k--;)
            for (size_t j = 0; j < arrays[k].n; ++j) arrays[k].value[j] = next++;
    return net;
}

static int same_layer(const network *a, const network *b, int i)
{
    param x[MAX_ARRAYS], y[MAX_ARRAYS];
    int n = layer_arrays(a->layers[i], 0, x);
    assert_int_equal(layer_arrays(b->layers[i], 0, y), n);
    for (int k = 0; k < n; ++k)
        if (x[k].n != y[k].n || memcmp(x[k].value, y[k].value, x[k].n * sizeof(float))) return 0;
    return 1;
}

/* Saves a numbered net of one text, loads it in a net of another. */
static network *loaded(network **saved, const char *text, const char *with)
{
    char path[256];
    strcpy(path, scratch("stock.weights"));
    *saved = numbered(text);
    *(*saved)->seen = 7;
    save_weights(*saved, path);
    network *net = net_of(with);
    load_weights(net, path);
    return net;
}

static void every_kind_of_layer_comes_back(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; ++k) {
        network *one, *two = loaded(&one, kinds[k], kinds[k]);
        for (int i = 0; i < one->n; ++i)
            if (!same_layer(one, two, i)) fail_msg("cfg %zu, layer %d", k, i);
        assert_int_equal(*two->seen, 7);
        free_network(one);
        free_network(two);
    }
}

/* Of Darknet's first versions: an int counts the images, and matrices lie the other way round. */
static void load_first_format(int major, int minor)
{
    network *net = net_of(connected);
    layer l = net->layers[0];
    size_t weights = (size_t)l.inputs * l.outputs;
    const char *path = scratch("old.weights");
    int header[] = {major, minor, 0, 5};
    size_t bytes = sizeof header + (l.outputs + weights) * sizeof(float);
    char *file = checked_calloc(bytes, 1);
    memcpy(file, header, sizeof header);
    float *x = (float *)(file + sizeof header);
    for (size_t k = 0; k < l.outputs + weights; ++k) x[k] = k;
    write_file(path, file, bytes);
    load_weights(net, (char *)path);
    assert_int_equal(*net->seen, 5);
    for (int o = 0; o < l.outputs; ++o) {
        assert_true(l.biases[o] == x[o]);
        for (int i = 0; i < l.inputs; ++i) assert_true(l.weights[o * l.inputs + i] == x[l.outputs + i * l.outputs + o]);
    }
    free(file);
    free_network(net);
}

static void files_of_the_first_format_are_transposed(void **state)
{
    (void)state;
    load_first_format(1001, 0);
    load_first_format(0, 1001);
}

static void flipped_filters_are_transposed(void **state)
{
    (void)state;
    network *one,
        *two = loaded(&one, two_layers, NET "[conv]\nfilters=3\nsize=1\nflipped=1\n[conv]\nfilters=2\nsize=1\n");
    layer from = one->layers[0], to = two->layers[0];
    for (int f = 0; f < from.n; ++f)
        for (int c = 0; c < from.c; ++c) assert_true(to.weights[f * from.c + c] == from.weights[c * from.n + f]);
    assert_true(same_layer(one, two, 1));
    free_network(one);
    free_network(two);
}

/* A layer that is not saved has no floats in the file, and neither has one that is not loaded. */
static void layers_are_left_out(void **state)
{
    (void)state;
    network *one, *two = loaded(&one, NET "[conv]\nfilters=3\nsize=1\ndontsave=1\n[conv]\nfilters=2\nsize=1\n",
                                NET "[conv]\nfilters=3\nsize=1\ndontload=1\n[conv]\nfilters=2\nsize=1\n");
    assert_false(same_layer(one, two, 0));
    assert_true(same_layer(one, two, 1));
    free_network(one);
    free_network(two);
}

/* numload: fewer filters are in the file than in the net; dontloadscales: it has no normalisation. */
static void parts_of_a_layer_are_loaded(void **state)
{
    (void)state;
    network *one, *two = loaded(&one, NET "[conv]\nfilters=3\nsize=1\n",
                                NET "[conv]\nfilters=5\nsize=1\nnumload=3\nbatch_normalize=1\ndontloadscales=1\n");
    layer from = one->layers[0], to = two->layers[0];
    assert_memory_equal(to.biases, from.biases, 3 * sizeof(float));
    assert_memory_equal(to.weights, from.weights, from.nweights * sizeof(float));
    assert_true(to.scales[0] == 1 && to.biases[3] == 0);
    free_network(one);
    free_network(two);
}

static void only_some_layers_are_saved_and_loaded(void **state)
{
    (void)state;
    network *one = numbered(two_layers), *two = net_of(two_layers), *three = net_of(two_layers);
    char path[256];
    strcpy(path, scratch("first.weights"));
    save_weights_upto(one, path, 1);
    load_weights_upto(two, path, 0, 99);
    assert_true(same_layer(one, two, 0));
    assert_false(same_layer(one, two, 1));
    save_weights(one, path);
    load_weights_upto(three, path, 0, 1);
    assert_true(same_layer(one, three, 0));
    assert_false(same_layer(one, three, 1));
    free_network(one);
    free_network(two);
    free_network(three);
}

/* A file of a longer net serves its first layers. */
static void a_longer_file_is_accepted(void **state)
{
    (void)state;
    network *one, *two = loaded(&one, two_layers, NET "[conv]\nfilters=3\nsize=1\n");
    assert_true(same_layer(one, two, 0));
    free_network(one);
    free_network(two);
}

TEST_MAIN(cmocka_unit_test(every_kind_of_layer_comes_back), cmocka_unit_test(files_of_the_first_format_are_transposed),
          cmocka_unit_test(flipped_filters_are_transposed), cmocka_unit_test(layers_are_left_out),
          cmocka_unit_test(parts_of_a_layer_are_loaded), cmocka_unit_test(only_some_layers_are_saved_and_loaded),
          cmocka_unit_test(a_longer_file_is_accepted))
