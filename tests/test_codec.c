/*
test_codec.c - compressed images come back: of all nets, on any number of threads, in part, with labels of all
kinds.
*/
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/sample/sampler.h"
#include "tests/family.h"
#include "tests/gpc_files.h"
#include "tests/hashes.h"
#include "tests/same_images.h"

enum { MOST = 37 };

static void assert_comes_back(network *net, const dataset *d, byte_buffer b, int first, int n)
{
    extraction x = {.net = net, .bytes = b.data, .size = b.bytes, .first = first, .n = n};
    extract(&x);
    assert_int_equal(x.done, x.n);
    assert_memory_equal(x.pixels, d->pixels + (size_t)first * net->truths, (size_t)x.n * net->truths);
    if (d->labels)
        assert_memory_equal(x.labels, d->labels + (size_t)first * d->classes, (size_t)x.n * d->classes * sizeof(float));
    free_extraction(&x);
}

static void assert_same_bytes(byte_buffer a, byte_buffer b)
{
    assert_int_equal(a.bytes, b.bytes);
    assert_memory_equal(a.data, b.data, a.bytes);
}

static void any_threads_and_any_part_give_the_same(network *net, const dataset *d, int block)
{
    byte_buffer whole = compressed(net, d, block, 0);
    int threads = omp_get_max_threads();
    for (int t = 1; t <= 3; ++t) {
        omp_set_num_threads(t);
        byte_buffer again = compressed(net, d, block, 0);
        assert_same_bytes(whole, again);
        free(again.data);
        assert_comes_back(net, d, whole, 0, 0);
        assert_comes_back(net, d, whole, d->n / 2, 1);
        assert_comes_back(net, d, whole, d->n / 3, d->n / 2);
        assert_comes_back(net, d, whole, d->n - 1, 1);
    }
    omp_set_num_threads(threads);
    free(whole.data);
}

static void all_nets_bring_all_images_back(void **state)
{
    (void)state;
    static const int blocks[] = {1, 20, 0};
    for (int i = 0; i < family_size; ++i) {
        network *net = family_member(i, 3);
        dataset d = set_of_images(net, MOST, some_images(net, MOST), some_labels(net, MOST));
        print_message("%s\n", family[i].name);
        for (int k = 0; k < 3; ++k) {
            d.n = k ? MOST : 3;
            any_threads_and_any_part_give_the_same(net, &d, blocks[k]);
        }
        free_dataset(&d);
        free_network(net);
    }
}

/* One pixel; 256 levels; 5000 classes, of which each is two digits. */
static void odd_nets_bring_their_images_back(void **state)
{
    (void)state;
    static const char *const cfgs[] = {TINY(1, 1, 3, 2), TINY(1, 1, 2, 256), TINY(3, 2, 5000, 8), TINY(2, 9, 1, 256)};
    for (int i = 0; i < 4; ++i) {
        network *net = net_of_text(cfgs[i], 4);
        fill_biases(net, 5);
        int classes = label_of(net)->classes;
        float *labels = checked_calloc((size_t)MOST * classes, sizeof *labels);
        for (int k = 0; k < MOST; ++k) labels[(size_t)k * classes + (k * 997 + 4095) % classes] = 1;
        dataset d = set_of_images(net, MOST, some_images(net, MOST), labels);
        any_threads_and_any_part_give_the_same(net, &d, 7);
        free_dataset(&d);
        free_network(net);
    }
}

/* One class for all, no label for all, one mixture, mixtures: each in the fewest bytes. */
static void labels_of_all_kinds_come_back(void **state)
{
    (void)state;
    static const struct {
        float label[3][3]; // of images in turn
        int kind, bytes;   // bytes: beyond those of the first
    } cases[] = {{{{0, 1, 0}, {0, 1, 0}, {0, 1, 0}}, LABELS_ONE_CLASS, 0},
                 {{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}, LABELS_ONE_CLASS, 0},
                 {{{0, 1, 0}, {1, 0, 0}, {0, 0, 1}}, LABELS_CLASSES, 8},
                 {{{.5f, .5f, 0}, {.5f, .5f, 0}, {.5f, .5f, 0}}, LABELS_ONE_VECTOR, 12},
                 {{{.5f, .5f, 0}, {0, 1, 0}, {0, 0, 0}}, LABELS_VECTORS, 12 * MOST}};
    network *net = net_of_text(TINY(4, 5, 3, 4), 8);
    float labels[MOST * 3];
    dataset d = set_of_images(net, MOST, some_images(net, MOST), labels);
    for (int i = 0; i < 5; ++i) {
        for (int k = 0; k < MOST; ++k) memcpy(labels + 3 * k, cases[i].label[k % 3], 3 * sizeof(float));
        byte_buffer b = compressed(net, &d, 0, 0);
        assert_int_equal(b.data[AT_LABELS], cases[i].kind);
        assert_comes_back(net, &d, b, 0, 0);
        assert_in_range(b.bytes, 220 + cases[i].bytes, 290 + cases[i].bytes);
        free(b.data);
    }
    free(d.pixels);
    free_network(net);
}

/* What is drawn has the same nats for the coder as for the sampler, to the bit; and takes as many bits. */
static void nats_are_those_of_the_sampler(void **state)
{
    (void)state;
    for (int i = 0; i < family_size; ++i) {
        network *net = family_member(i, 6);
        int levels = loss_of(net)->levels;
        unsigned char *drawn = checked_malloc((size_t)MOST * net->truths);
        float *labels = some_labels(net, MOST);
        double by_sampler[MOST], by_coder[MOST], bits = 0;
        sample_cached(
            net, (sample_request){.n = MOST, .seed = 6, .temperature = 1, .labels = labels, .nll = by_sampler}, drawn);
        for (int k = 0; k < MOST * net->truths; ++k) drawn[k] = byte_of_level(drawn[k], levels);
        dataset d = set_of_images(net, MOST, drawn, labels);
        byte_buffer b = compressed(net, &d, 0, by_coder);
        assert_memory_equal(by_coder, by_sampler, sizeof by_coder);
        for (int k = 0; k < MOST; ++k) bits += by_coder[k] / log(2);
        if (labels) bits += MOST * log2(label_of(net)->classes);
        assert_in_range(8 * (b.bytes - GPC_HEADER - GPC_ENTRY - GPC_END), bits, bits + 12 + bits / 1000);
        free(b.data);
        free_dataset(&d);
        free_network(net);
    }
}

/* A file of version 1 stays what it is, on any machine: of a net whose weights no library's function
   computes. */
static void the_file_is_that_of_version_1(void **state)
{
    (void)state;
    network *net = net_of_text(family[2].cfg, 1);
    set_reproducible_weights(net);
    dataset d = set_of_images(net, MOST, some_images(net, MOST), some_labels(net, MOST));
    byte_buffer b = compressed(net, &d, 20, 0);
    uint64_t hash = XXH64(b.data, b.bytes, 0), stated = 0x3024ed5d2014551b;
    if (hash != stated) fail_msg("%zu bytes, XXH64 %016llx", b.bytes, (unsigned long long)hash);
    free(b.data);
    free_dataset(&d);
    free_network(net);
}

typedef struct {
    network *net;
    const dataset *d;
} work;

static void compress_it(void *what)
{
    const work *w = what;
    free(compressed(w->net, w->d, 2, 0).data);
}

static void a_logit_that_is_no_number_is_an_error(void **state)
{
    (void)state;
    caught_error e;
    network *net = family_member(0, 3);
    dataset d = set_of_images(net, 3, some_images(net, 3), some_labels(net, 3));
    net->layers[net->n - 2].biases[1] = NAN;
    assert_int_equal(catch_die(compress_it, &(work){net, &d}, &e), 3);
    assert_non_null(strstr(e.message, "image 0, value 0"));
    assert_non_null(strstr(e.message, "the logit of level 1 is nan"));
    free_dataset(&d);
    free_network(net);
}

static void what_would_be_lost_is_found(void **state)
{
    (void)state;
    static unsigned char x[] = {0, 85, 170, 255, 84, 0};
    int value = 0;
    dataset d = {.n = 3, .c = 1, .h = 1, .w = 2, .pixels = x};
    assert_int_equal(find_lost_value(&d, 2, 4, &value), -1);
    assert_int_equal(find_lost_value(&d, 3, 4, &value), 4);
    assert_int_equal(value, 84);
    assert_int_equal(find_lost_value(&d, 3, 256, &value), -1);
}

/* No class takes fewer nats than the one that was found. */
static void the_cheapest_label_is_found(void **state)
{
    (void)state;
    enum { N = 5, K = 3 };
    network *net = net_of_text(TINY(3, 3, 3, 4), 2);
    float one[N * K];
    double best[N], other[N];
    dataset d = set_of_images(net, N, some_images(net, N), checked_calloc(N * K, sizeof(float)));
    choose_cheapest_labels(net, &d);
    free(compressed(net, &d, 0, best).data);
    d.labels = one;
    for (int k = 0; k < K; ++k) {
        for (int i = 0; i < N; ++i) one_hot_label(one + K * i, K, k);
        free(compressed(net, &d, 0, other).data);
        for (int i = 0; i < N; ++i) assert_true(best[i] < other[i] + 1e-4);
    }
    d.labels = 0;
    free_dataset(&d);
    free_network(net);
}

TEST_MAIN(cmocka_unit_test(all_nets_bring_all_images_back), cmocka_unit_test(odd_nets_bring_their_images_back),
          cmocka_unit_test(labels_of_all_kinds_come_back), cmocka_unit_test(nats_are_those_of_the_sampler),
          cmocka_unit_test(the_file_is_that_of_version_1), cmocka_unit_test(a_logit_that_is_no_number_is_an_error),
          cmocka_unit_test(what_would_be_lost_is_found), cmocka_unit_test(the_cheapest_label_is_found))
