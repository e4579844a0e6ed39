/*
test_sampler.c - compares the cached sampler with the forward pass and with its naive twin, for the whole
family.
*/
#include <math.h>
#include <omp.h>
#include <string.h>
#include "base/random.h"
#include "layers/label_embed_layer.h"
#include "layers/math/gate.h"
#include "layers/math/levels.h"
#include "layers/math/vector_ops.h"
#include "layers/pixel_softmax_layer.h"
#include "network.h"
#include "pixelcnn/data/evaluate.h"
#include "pixelcnn/sample/lanes.h"
#include "tests/family.h"
#include "tests/same_images.h"
#include "tests/support.h"

enum { MOST = 17 };

/* ---- the kernels ---- */

static float number(int i) { return random_unit(5, STREAM_SAMPLE, i, 0) - .5; }

/* Two runs of different length, numbers and weights that lie apart, sums that start somewhere. */
static void products_equal_plain_sums(void **state)
{
    (void)state;
    static float x[MOST * 40], w[40 * 96], init[MOST * 96], y[MOST * 96], alone[96];
    for (int i = 0; i < MOST * 40; ++i) x[i] = number(i);
    for (int i = 0; i < 40 * 96; ++i) w[i] = number(5000 + i);
    for (int i = 0; i < MOST * 96; ++i) init[i] = number(20000 + i);
    for (int blocks = 1; blocks <= 3; ++blocks) {
        int rows = 32 * blocks;
        product_run runs[] = {{x + 3, w, 5}, {x + 17, w + 7 * 96, 4}};
        products t = {.n = MOST, .blocks = blocks, .nruns = 2, .runs = runs, .x_step = 21, .x_next = 2, .w_next = 96};
        t.w_block = 32;
        t.init = init;
        t.y = y;
        t.init_step = t.y_step = rows;
        multiply(&t);
        for (int j = 0; j < MOST; ++j) {
            for (int r = 0; r < rows; ++r) {
                double sum = init[j * rows + r];
                for (int k = 0; k < 5; ++k) sum += (double)w[k * 96 + r] * x[3 + j * 21 + 2 * k];
                for (int k = 0; k < 4; ++k) sum += (double)w[(7 + k) * 96 + r] * x[17 + j * 21 + 2 * k];
                assert_float_equal(y[j * rows + r], sum, 1e-6);
            }
            product_run mine[] = {{x + 3 + j * 21, w, 5}, {x + 17 + j * 21, w + 7 * 96, 4}};
            products one = t;
            one.n = 1;
            one.runs = mine;
            one.init = init + j * rows;
            one.y = alone;
            multiply(&one);
            assert_memory_equal(alone, y + j * rows, rows * sizeof(float));
        }
    }
}

static void gates_and_exps_are_exact_enough(void **state)
{
    (void)state;
    float z[32], zero[32] = {0}, y[16], e[16];
    for (double x = -100; x < 100; x += .01) {
        for (int i = 0; i < 16; ++i) z[i] = x / 4 + i * .1, z[i + 16] = x - i * .3;
        gate_forward(&(gate_items){.n = 1, .f = 16, .z = z, .label = zero, .y = y});
        for (int i = 0; i < 16; ++i) assert_float_equal(y[i], tanh(z[i]) / (1 + exp(-z[i + 16])), 5e-7);
        exp_apply(16, z, e);
        for (int i = 0; i < 16; ++i) assert_float_equal(e[i] / exp(z[i]), 1, 2e-7);
    }
    for (int i = 0; i < 16; ++i) z[i] = -1000;
    exp_apply(16, z, e);
    assert_true(e[0] >= 0 && e[0] < 1e-37);
}

/* ---- logits ---- */

static float *input_row(const network *net, int b) { return net->input + (size_t)b * net->inputs; }

static double largest_difference(network *net)
{
    packed_net *p = pack_net(net);
    lanes *s = make_lanes(p, net->batch);
    layer logits = net->layers[net->n - 2];
    int classes = p->embed ? p->embed->classes : 0, plane = net->h * net->w;
    float *labels = checked_calloc(net->batch * (classes + 1), sizeof(float));
    for (int b = 0; b < net->batch; ++b)
        memcpy(labels + b * classes, input_row(net, b) + net->truths, classes * sizeof(float));
    double worst = 0;
    for (int pass = 0; pass < 2; ++pass) { // the second: nothing is left of other images
        lanes_start_images(s, net->batch, labels, net->batch);
        for (int i = 0; i < net->truths; ++i) {
            int colour = i % net->c, pixel = i / net->c, r = pixel / net->w, c = pixel % net->w;
            if (c == 0 && colour == 0) lanes_start_row(s, r);
            lanes_start_value(s, c, colour);
            for (int b = 0; b < net->batch; ++b) {
                float x = pass ? input_row(net, b)[colour * plane + pixel] : .5;
                for (int l = 0; pass && l < p->levels; ++l) {
                    float plain = logits.output[b * logits.outputs + (colour * p->levels + l) * plane + pixel];
                    worst = fmax(worst, fabs(plain - lanes_logits(s, b, colour)[l]));
                }
                lanes_put_value(s, b, c, colour, x);
            }
        }
    }
    free(labels);
    free_lanes(s);
    free_packed_net(p);
    return worst;
}

static void cached_logits_equal_those_of_a_forward_pass(void **state)
{
    (void)state;
    for (int i = 0; i < family_size; ++i) {
        network *net = family_member(i, 7);
        random_batch(net, 3, 1);
        net_nll(net);
        double worst = largest_difference(net);
        if (!(worst < 1e-4)) fail_msg("%s: logits differ by %g", family[i].name, worst);
        free_network(net);
    }
}

/* ---- images ---- */

static void compare_samplers(network *net, sample_request w)
{
    unsigned char *all = checked_calloc(w.n * net->truths, 1), *other = checked_calloc(w.n * net->truths, 1);
    int threads = omp_get_max_threads();
    sample_cached(net, w, all);
    for (int t = 1; t <= 2; ++t) {
        omp_set_num_threads(t);
        static const int parts[] = {1, 3, MOST};
        for (int k = 0; k < 3; ++k) {
            memset(other, 9, w.n * net->truths);
            for (int i = 0; i < w.n; i += parts[k]) {
                sample_request part = w;
                part.n = w.n - i < parts[k] ? w.n - i : parts[k];
                part.first = w.first + i;
                if (w.labels) part.labels += i * label_of(net)->classes;
                sample_cached(net, part, other + i * net->truths);
            }
            assert_memory_equal(all, other, w.n * net->truths);
        }
    }
    omp_set_num_threads(threads);
    sample_naive(net, w, other);
    assert_same_images(net, &w, all, other);
    free(all);
    free(other);
}

static void images_depend_on_seed_and_index_alone(void **state)
{
    (void)state;
    for (int i = 0; i < family_size; ++i) {
        network *net = family_member(i, 11);
        float *labels = some_labels(net, MOST);
        print_message("%s\n", family[i].name);
        compare_samplers(net, (sample_request){.n = MOST, .first = 5, .seed = 8, .temperature = 1, .labels = labels});
        compare_samplers(net,
                         (sample_request){.n = MOST, .seed = 2, .temperature = .7, .labels = labels, .guidance = 1.5});
        free(labels);
        free_network(net);
    }
}

static void given_pixels_stay_and_inform_the_rest(void **state)
{
    (void)state;
    int other = 0;
    for (int i = 0; i < family_size; ++i) {
        network *net = family_member(i, 4);
        int plane = net->h * net->w, n = 2;
        float *labels = some_labels(net, n);
        unsigned char keep[64], given[2 * 192], cached[2 * 192], naive[2 * 192], unlike[2 * 192];
        for (int k = 0; k < plane; ++k) keep[k] = k < 2 * net->w || k % 3 == 1; // two rows, then with holes
        for (int k = 0; k < n * net->truths; ++k) given[k] = k % loss_of(net)->levels;
        sample_request w = {.n = n, .seed = 3, .temperature = 1, .labels = labels, .keep = keep};
        memcpy(cached, given, sizeof given);
        memcpy(naive, given, sizeof given);
        sample_cached(net, w, cached);
        sample_naive(net, w, naive);
        assert_same_images(net, &w, cached, naive);
        for (int k = 0; k < n * net->truths; ++k)
            if (keep[k % plane]) assert_int_equal(cached[k], given[k]);
        for (int k = 0; k < n * net->truths; ++k) unlike[k] = keep[k % plane] ? loss_of(net)->levels - 1 - given[k] : 0;
        sample_cached(net, w, unlike);
        for (int k = 0; k < n * net->truths; ++k) other += !keep[k % plane] && unlike[k] != cached[k];
        free(labels);
        free_network(net);
    }
    assert_true(other > 0);
}

/* ---- a second thread ---- */

enum { WIDE = 27 }; // more than a helper computes at a time

static network *wide_member(int i)
{
    char text[2048];
    const char *cfg = family[i].cfg, *width = strstr(cfg, "width=");
    snprintf(text, sizeof text, "%.*swidth=%d%s", (int)(width - cfg), cfg, WIDE, strchr(width, '\n'));
    network *net = net_of_text(text, 7);
    fill_biases(net, 8);
    return net;
}

/* Draws two images three times, with help at any time between the values of the second lanes, by this thread or by
   another. Returns the number of values whose logits differ. */
static int values_that_differ(const packed_net *p, lanes *plain, lanes *helped, const float *labels, int by_another)
{
    int calls = 0, differ = 0, values = p->h * p->w * p->colours;
    for (int at = 0; at < 3 * values; ++at) {
        int place = at % values, colour = place % p->colours, r = place / p->colours / p->w,
            c = place / p->colours % p->w;
        lanes *both[] = {plain, helped};
        for (int k = 0; k < 2; ++k) {
            if (place == 0) lanes_start_images(both[k], 2, labels, labels ? 2 : 0);
            if (c == 0 && colour == 0) lanes_start_row(both[k], r);
            lanes_start_value(both[k], c, colour);
        }
        for (int lane = 0; lane < 2; ++lane) {
            size_t bytes = p->levels * sizeof(float);
            differ += memcmp(lanes_logits(plain, lane, colour), lanes_logits(helped, lane, colour), bytes) != 0;
            for (int k = 0; k < 2; ++k) lanes_put_value(both[k], lane, c, colour, number(2 * at + lane));
        }
        for (int n = 9 * random_unit(3, STREAM_SAMPLE, at / 5, 1); !by_another && n > 0; --n)
            calls += lanes_help(helped);
    }
    assert_true(calls > 0 || by_another);
    return differ;
}

static int values_that_differ_by_two_threads(const packed_net *p, lanes *plain, lanes *helped, const float *labels)
{
    int differ = 0, ended = 0;
#pragma omp parallel num_threads(2)
    if (omp_get_thread_num())
        while (!__atomic_load_n(&ended, __ATOMIC_RELAXED)) lanes_help(helped);
    else {
        differ = values_that_differ(p, plain, helped, labels, 1);
        __atomic_store_n(&ended, 1, __ATOMIC_RELAXED);
    }
    return differ;
}

static void help_changes_no_bit(void **state)
{
    (void)state;
    for (int i = 0; i < family_size; ++i) {
        network *net = wide_member(i);
        packed_net *p = pack_net(net);
        lanes *plain = make_lanes(p, 2), *helped = make_lanes(p, 2);
        float *labels = some_labels(net, 2);
        print_message("%s\n", family[i].name);
        if (can_be_helped(p)) {
            lanes_accept_help(helped);
            assert_int_equal(values_that_differ(p, plain, helped, labels, 0), 0);
            assert_int_equal(values_that_differ_by_two_threads(p, plain, helped, labels), 0);
        }
        free(labels);
        free_lanes(plain);
        free_lanes(helped);
        free_packed_net(p);
        free_network(net);
    }
}

/* Few images, so that threads are left that help; pixels at the end of a row are given, for which nothing waits. */
static void few_images_are_the_same_on_any_number_of_threads(void **state)
{
    (void)state;
    int before = omp_get_max_threads();
    for (int i = 0; i < family_size; ++i) {
        network *net = wide_member(i);
        float *labels = some_labels(net, 3);
        unsigned char keep[WIDE * 6], *one = checked_calloc(3, net->truths), *more = checked_calloc(3, net->truths);
        for (int k = 0; k < net->h * WIDE; ++k) keep[k] = k % WIDE > 20 - 3 * (k / WIDE);
        for (int n = 1; n <= 3; ++n)
            for (int given = 0; given < 2; ++given) {
                sample_request w = {.n = n,
                                    .seed = 4,
                                    .temperature = 1,
                                    .labels = labels,
                                    .guidance = n == 2,
                                    .keep = given ? keep : 0};
                omp_set_num_threads(1);
                sample_cached(net, w, one);
                for (int threads = 2; threads <= 5; ++threads) {
                    omp_set_num_threads(threads);
                    sample_cached(net, w, more);
                    assert_memory_equal(one, more, n * net->truths);
                }
            }
        free(labels);
        free(one);
        free(more);
        free_network(net);
    }
    omp_set_num_threads(before);
}

/* Puts image k of levels, with its label where there is one, into row b of the batch. */
static void feed_image(network *net, int b, const unsigned char *levels, const float *labels, int k)
{
    int classes = labels ? label_of(net)->classes : 0;
    for (int v = 0; v < net->truths; ++v) {
        int level = levels[(size_t)k * net->truths + v];
        net->truth[b * net->truths + v] = level;
        input_row(net, b)[v] = input_of_level(level, loss_of(net)->levels);
    }
    if (labels) memcpy(input_row(net, b) + net->truths, labels + (size_t)k * classes, classes * sizeof(float));
}

/* The sampler's nats of its n images, a multiple of the batch, equal those of forward passes. */
static void assert_same_nll(network *net, int n, const char *name)
{
    float *labels = some_labels(net, n);
    unsigned char *levels = checked_calloc(n, net->truths);
    double *nll = checked_calloc(n, sizeof(double)), sum = 0, plain = 0;
    sample_cached(net, (sample_request){.n = n, .seed = 6, .temperature = 1, .labels = labels, .nll = nll}, levels);
    net->train = 0;
    for (int k = 0; k < n; k += net->batch) {
        for (int b = 0; b < net->batch; ++b) feed_image(net, b, levels, labels, k + b);
        plain += net_nll(net);
    }
    for (int k = 0; k < n; ++k) sum += nll[k];
    if (!(fabs(sum / plain - 1) < 1e-4)) fail_msg("%s: %g nats, not %g", name, sum, plain);
    free(labels);
    free(levels);
    free(nll);
}

static void nll_while_drawing_is_that_of_a_forward_pass(void **state)
{
    (void)state;
    for (int i = 0; i < family_size; ++i) {
        network *net = family_member(i, 21);
        assert_same_nll(net, 96, family[i].name);
        free_network(net);
    }
}

/* Image k of a synthetic set: a bar whose place depends on the label, and some noise. */
static void make_bar(const network *net, int k, int class, unsigned char *levels)
{
    for (int i = 0; i < net->truths; ++i) {
        int inside = abs(i % net->w - 2 * class - 3) < 2, noise = random_unit(5, STREAM_SAMPLE, k, i) < .1;
        levels[i] = inside != noise ? 3 : 0;
    }
}

static const char bars_cfg[] =
    "[net]\nbatch=16\nheight=14\nwidth=14\nadam=1\nlearning_rate=0.01\nclip_norm=1\nmax_batches=1\n"
    "[label_embed]\nclasses=5\nsize=8\n[gated_vstack]\nfilters=16\nsize=7\n[gated_hstack]\nfilters=16\nsize=7\nmask=a\n"
    "[gated_vstack]\nfilters=16\n[gated_hstack]\nfilters=16\n[gated_vstack]\nfilters=16\n[gated_hstack]\nfilters=16\n"
    "[skip_sum]\nfilters=16\nactivation=relu\n[convolutional]\nfilters=4\nactivation=linear\n[pixel_softmax]\nlevels="
    "4\n";

static void images_of_a_trained_net_have_the_nll_that_was_drawn(void **state)
{
    (void)state;
    enum { STEPS = 60, IMAGES = 4096 };
    network *net = net_of_text(bars_cfg, 1);
    double first = 0, last = 0;
    unsigned char *levels = checked_calloc(1, net->truths);
    float labels[5];
    for (int step = 0; step < STEPS; ++step) {
        for (int b = 0; b < net->batch; ++b) {
            int k = step * net->batch + b;
            one_hot_label(labels, 5, k % 5);
            make_bar(net, k, k % 5, levels);
            feed_image(net, b, levels, labels, 0);
        }
        last = train_network_datum(net);
        if (!step) first = last;
    }
    assert_true(last < first / 2);
    assert_same_nll(net, IMAGES, "bars");
    free(levels);
    free_network(net);
}

TEST_MAIN(cmocka_unit_test(products_equal_plain_sums), cmocka_unit_test(gates_and_exps_are_exact_enough),
          cmocka_unit_test(cached_logits_equal_those_of_a_forward_pass),
          cmocka_unit_test(images_depend_on_seed_and_index_alone),
          cmocka_unit_test(given_pixels_stay_and_inform_the_rest), cmocka_unit_test(help_changes_no_bit),
          cmocka_unit_test(few_images_are_the_same_on_any_number_of_threads),
          cmocka_unit_test(nll_while_drawing_is_that_of_a_forward_pass),
          cmocka_unit_test(images_of_a_trained_net_have_the_nll_that_was_drawn))
