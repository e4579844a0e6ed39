/*
test_batch_sum.c - gradients of a batch are the sum of one tree, whichever passes, threads and ranks add them
up. Ranks themselves: test_ranks.sh.
*/
#include <stdlib.h>
#include <string.h>
#include "base/image_tree.h"
#include "network.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/train/batch_sum.h"
#include "pixelcnn/train/solver.h"
#include "tests/support.h"

enum { MOST = 70 };

/* ---- the tree ---- */

/* Numbers whose sum depends on its order. */
static float number(int image) { return 1 / (float)(3 + 7 * image); }

static float sum_of_tree(int first, int n)
{
    if (n == 1) return number(first);
    int left = left_images(n);
    return sum_of_tree(first, left) + sum_of_tree(first + left, n - left);
}

static void the_left_side_has_a_power_of_two(void **state)
{
    (void)state;
    static const int left[] = {0, 0, 1, 2, 2, 4, 4, 4, 4, 8};
    for (int n = 2; n < 10; ++n) assert_int_equal(left_images(n), left[n]);
}

/* Adds up nodes as they come; returns what is left, one node if all is well. */
static int fold(int images, const image_node *nodes, int n, image_node *node, float *sum)
{
    int waiting = 0;
    for (int i = 0; i < n; ++i) {
        image_node x = nodes[i];
        float s = sum_of_tree(x.first, x.n);
        while (waiting && are_siblings(images, node[waiting - 1], x)) {
            --waiting;
            s = sum[waiting] + s;
            x = (image_node){node[waiting].first, node[waiting].n + x.n};
        }
        node[waiting] = x;
        sum[waiting++] = s;
    }
    return waiting;
}

/* Of `ranks` in passes of `most`. */
static void check_shares(int images, int ranks, int most)
{
    image_node nodes[MOST], node[MOST];
    float sum[MOST];
    int n = 0;
    size_t next = 0, fullest = 0;
    for (int r = 0; r < ranks; ++r) {
        index_range x = tree_share(images, ranks, r);
        assert_int_equal(x.from, next);
        assert_true(x.end > x.from);
        next = x.end;
        if (x.end - x.from > fullest) fullest = x.end - x.from;
        int passes = cut_range(images, x, most, nodes + n), largest = 0;
        for (int i = n; i < n + passes; ++i) largest = nodes[i].n > largest ? nodes[i].n : largest;
        assert_in_range(largest, 1, most);
        assert_int_equal(largest, largest_pass(images, most, ranks, r));
        n += passes;
    }
    assert_int_equal(next, images);
    assert_true(8 * fullest <= 9 * (size_t)((images + ranks - 1) / ranks));
    int left = fold(images, nodes, n, node, sum);
    if (left != 1 || node[0].n != images || sum[0] != sum_of_tree(0, images))
        fail_msg("%d images, %d ranks, passes of %d: not the tree's sum", images, ranks, most);
}

static void shares_add_up_to_the_tree(void **state)
{
    (void)state;
    for (int images = 1; images < MOST; ++images)
        for (int ranks = 1; ranks <= images; ++ranks)
            for (int most = 1; most <= images; most += 1 + most / 4) check_shares(images, ranks, most);
}

static void shares_are_few_nodes(void **state)
{
    (void)state;
    static const struct {
        int images, ranks, nodes;
    } cases[] = {{16, 2, 1}, {16, 4, 1}, {16, 3, 2}, {24, 2, 2}, {24, 3, 1}, {1024, 64, 1}, {1000, 8, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        for (int r = 0; r < cases[i].ranks; ++r)
            assert_in_range(
                cut_range(cases[i].images, tree_share(cases[i].images, cases[i].ranks, r), cases[i].images, 0), 1,
                cases[i].nodes);
}

/* ---- nets ---- */

static network *net_in_passes(int batch, int subdivisions, const char *keys)
{
    char text[1024];
    snprintf(text, sizeof text,
             "[net]\nbatch=%d\nsubdivisions=%d\nheight=4\nwidth=5\n%s[label_embed]\nclasses=3\nsize=2\ndropout=0.4\n"
             "[gated_vstack]\nfilters=3\n[gated_hstack]\nfilters=3\nmask=a\n[skip_sum]\nfilters=3\nactivation=relu\n"
             "[convolutional]\nfilters=4\nactivation=linear\n[pixel_softmax]\nlevels=4\n",
             batch, subdivisions, keys);
    network *net = net_of_text(text, 3);
    fill_biases(net, 3);
    return net;
}

static data random_rows(int batch)
{
    network *source = net_in_passes(batch, 1, "");
    data d = {.X = make_matrix(batch, source->inputs), .y = make_matrix(batch, source->truths)};
    random_batch(source, 7, 0);
    for (int i = 0; i < batch; ++i) {
        memcpy(d.X.vals[i], source->input + i * source->inputs, source->inputs * sizeof(float));
        memcpy(d.y.vals[i], source->truth + i * source->truths, source->truths * sizeof(float));
    }
    free_network(source);
    return d;
}

static void assert_same_bits(network *one, network *two)
{
    param_list a = net_params(one), b = net_params(two);
    assert_int_equal(a.total, b.total);
    for (int i = 0; i < a.n; ++i) assert_memory_equal(a.p[i].value, b.p[i].value, a.p[i].n * sizeof(float));
    assert_memory_equal(net_solver(one)->m, net_solver(two)->m, a.total * sizeof(float));
    free_param_list(&a);
    free_param_list(&b);
}

/* Three updates, of one batch in one pass and in several: by train_batch. */
static void check_passes(int batch, int subdivisions, const char *keys)
{
    network *whole = net_in_passes(batch, 1, keys), *parts = net_in_passes(batch, subdivisions, keys);
    batch_sum *a = make_batch_sum(whole), *b = make_batch_sum(parts);
    data d = random_rows(batch);
    for (int t = 0; t < 3; ++t) {
        rank_news news = {0};
        float loss = train_batch(a, d, &news), other = train_batch(b, d, &news);
        assert_true(loss == other);
        assert_int_equal(*parts->seen, (t + 1) * batch);
        assert_int_equal(parts->batch, batch / subdivisions);
        assert_same_bits(whole, parts);
        assert_int_equal(net_solver(parts)->nsums, 0);
    }
    free_data(d);
    free_batch_sum(a);
    free_batch_sum(b);
    free_network(whole);
    free_network(parts);
}

static void passes_change_no_bit(void **state)
{
    (void)state;
    static const int batches[] = {4, 7, 12, 16};
    for (size_t i = 0; i < sizeof batches / sizeof *batches; ++i)
        for (int parts = 1; parts <= batches[i]; ++parts)
            if (batches[i] % parts == 0)
                check_passes(batches[i], parts, "adam=1\nlearning_rate=0.01\nclip_norm=0.01\n");
}

/* By train_network, whose passes all have one size, if that is a power of two. */
static void passes_of_darknets_change_no_bit(void **state)
{
    (void)state;
    network *whole = net_in_passes(12, 1, ""), *parts = net_in_passes(12, 3, "");
    data d = random_rows(12);
    for (int t = 0; t < 3; ++t) {
        train_network(whole, d);
        train_network(parts, d);
        assert_same_bits(whole, parts);
    }
    free_data(d);
    free_network(whole);
    free_network(parts);
}

/* One pass of train_batch is one of train_network. */
static void a_batch_in_one_pass_is_darknets(void **state)
{
    (void)state;
    network *one = net_in_passes(7, 1, ""), *two = net_in_passes(7, 1, "");
    batch_sum *s = make_batch_sum(one);
    data d = random_rows(7);
    rank_news news = {.signal = 3, .save = 1, .seconds = 2.5};
    for (int t = 0; t < 3; ++t) {
        float loss = train_batch(s, d, &news), other = train_network(two, d);
        assert_true(loss == other);
        assert_same_bits(one, two);
    }
    assert_int_equal(news.signal, 3);
    assert_int_equal(news.save, 1);
    assert_true(news.seconds == 2.5);
    free_data(d);
    free_batch_sum(s);
    free_network(one);
    free_network(two);
}

/* In the second of four passes: nothing changes but the updates, and the next batch is as if there had been
   none. */
static void a_nonfinite_pass_changes_nothing(void **state)
{
    (void)state;
    network *net = net_in_passes(8, 4, "adam=1\n"), *clean = net_in_passes(8, 4, "adam=1\n");
    batch_sum *s = make_batch_sum(net), *other = make_batch_sum(clean);
    data good = random_rows(8), bad = random_rows(8);
    rank_news news = {0};
    bad.X.vals[3][2] = NAN;
    train_batch(s, bad, &news);
    assert_int_equal(net_solver(net)->nonfinite, NONFINITE_BATCH);
    *net->seen = 0; // label dropout follows it
    train_batch(s, good, &news);
    train_batch(other, good, &news);
    assert_int_equal(net_solver(net)->nonfinite, ALL_FINITE);
    assert_same_bits(net, clean);
    free_data(good);
    free_data(bad);
    free_batch_sum(s);
    free_batch_sum(other);
    free_network(net);
    free_network(clean);
}

TEST_MAIN(cmocka_unit_test(the_left_side_has_a_power_of_two), cmocka_unit_test(shares_add_up_to_the_tree),
          cmocka_unit_test(shares_are_few_nodes), cmocka_unit_test(passes_change_no_bit),
          cmocka_unit_test(passes_of_darknets_change_no_bit), cmocka_unit_test(a_batch_in_one_pass_is_darknets),
          cmocka_unit_test(a_nonfinite_pass_changes_nothing))
