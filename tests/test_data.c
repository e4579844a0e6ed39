/*
test_data.c - levels, IDX files and the order of training images.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/random.h"
#include "layers/math/levels.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/data/idx.h"
#include "pixelcnn/data/stream.h"
#include "pixelcnn/sample/draw_level.h"
#include "pixelcnn/sample/sampler.h"
#include "tests/family.h"
#include "tests/support.h"

/* The value written for a level reads back as that level, for every number of levels; with 256 it is the byte
   itself. */
static void levels_survive_an_image_file(void **state)
{
    (void)state;
    for (int levels = 2; levels <= 256; ++levels) {
        for (int q = 0; q < levels; ++q) {
            int v = byte_of_level(q, levels);
            assert_in_range(v, 0, 255);
            assert_int_equal(level_of_byte(v, levels), q);
        }
        assert_int_equal(byte_of_level(0, levels), 0);
        assert_int_equal(byte_of_level(levels - 1, levels), 255);
        assert_true(input_of_level(levels - 1, levels) == 1);
    }
    for (int v = 0; v < 256; ++v) assert_int_equal(level_of_byte(v, 256), v);
    assert_int_equal(level_of_byte(127, 2), 0);
    assert_int_equal(level_of_byte(128, 2), 1);
}

static void idx_raw_and_gzipped_read_the_same(void **state)
{
    (void)state;
    run_result r;
    const char *dir = make_toy_data(scratch("toy"),
                                    (toy_data){.n = 20, .c = 1, .h = 5, .w = 4, .classes = 3, .seed = 2});
    char path[256], gz[300];
    snprintf(path, sizeof path, "%s/train-images-idx3-ubyte", dir);
    snprintf(gz, sizeof gz, "%s.gz", path);
    idx_header raw = open_idx(path, IDX_BYTE, 3, 4);
    void *plain_items = read_idx_items(&raw);
    run_command(&r, "gzip -k %s", path);
    idx_header zipped = open_idx(gz, IDX_BYTE, 3, 4);
    void *packed_items = read_idx_items(&zipped);
    assert_int_equal(raw.items, 20 * 5 * 4);
    assert_int_equal(raw.dims[1], 5);
    assert_memory_equal(plain_items, packed_items, raw.items);
    free(plain_items);
    free(packed_items);
}

static void rows_hold_pixels_label_and_levels(void **state)
{
    (void)state;
    network *net = net_of_text(family[1].cfg, 1);
    make_toy_data(scratch("rows"), (toy_data){.n = 9, .c = 1, .h = net->h, .w = net->w, .classes = 3, .seed = 2});
    dataset d = load_dataset(scratch("rows"), SPLIT_TRAIN, net);
    float *x = checked_calloc(net->inputs, sizeof(float)), *y = checked_calloc(net->truths, sizeof(float));
    unsigned char *image = checked_malloc(net->truths);
    float label[3];
    read_images(&d, 4, 1, image);
    read_label(&d, 4, label);
    fill_row(&d, net, 4, x, y);
    for (int i = 0; i < net->truths; ++i) {
        int q = image[i] * 2 / 256;
        assert_true(y[i] == q && x[i] == q);
    }
    assert_memory_equal(x + net->truths, label, sizeof label);
    assert_float_equal(x[net->truths] + x[net->truths + 1] + x[net->truths + 2], 1, 0);
    free(image);
    free(x);
    free(y);
    free_dataset(&d);
    free_network(net);
}

/* Each epoch has every image once, in its own order, which depends only on seed and place. */
static void epochs_are_permutations(void **state)
{
    (void)state;
    enum { N = 101 };
    image_stream s = make_image_stream(N, 5), other = make_image_stream(N, 6);
    int first[N], differs = 0, moved = 0;
    for (int epoch = 0; epoch < 3; ++epoch) {
        int count[N] = {0};
        for (int i = 0; i < N; ++i) {
            int k = stream_image(&s, (uint64_t)epoch * N + i);
            ++count[k];
            if (!epoch) first[i] = k;
            differs += k != first[i];
            moved += k != i;
        }
        for (int i = 0; i < N; ++i) assert_int_equal(count[i], 1);
    }
    assert_true(differs > N && moved > N);
    for (int i = 0; i < N; ++i) assert_int_equal(stream_image(&s, i), first[i]);
    differs = 0;
    for (int i = 0; i < N; ++i) differs += stream_image(&other, i) != first[i];
    assert_true(differs > N / 2);
    free_image_stream(&s);
    free_image_stream(&other);
}

static void levels_are_drawn_in_proportion(void **state)
{
    (void)state;
    float logits[] = {0, 1.0986123f, 0.6931472f}; // shares 1, 3, 2
    int count[3] = {0};
    for (int i = 0; i < 6000; ++i) ++count[draw_level(logits, 3, 1, (i + .5) / 6000, 0)];
    assert_int_equal(count[0], 1000);
    assert_int_equal(count[1], 3000);
    assert_int_equal(count[2], 2000);
    assert_int_equal(draw_level(logits, 3, 0, .01, 0), 1);
    assert_int_equal(draw_level(logits, 3, .05, .999, 0), 1);
    assert_int_equal(draw_level(logits, 3, 1, 1 - 1e-16, 0), 2);
}

/* Shares of some levels, a few of them zero, and their parts. */
static void random_shares(int seed, int levels, float *share, double *part)
{
    for (int l = 0; l < levels; ++l)
        share[l] = random_bits(seed, STREAM_SAMPLE, 0, l) % 5 ? expf(-20 * random_unit(seed, STREAM_SAMPLE, 1, l)) : 0;
    share[random_bits(seed, STREAM_SAMPLE, 2, 0) % levels] = 1;
    for (int p = 0; p < SHARE_PARTS; ++p) part[p] = sum_of_part(share, levels, p);
}

/* Two steps find the level that taking off one share after the other leaves, or none where it is close. */
static void two_steps_draw_the_same_level(void **state)
{
    (void)state;
    static const int sizes[] = {33, 64, 100, 255, 256};
    int none = 0, close = 0;
    for (int i = 0; i < 500; ++i) {
        float share[256];
        double part[SHARE_PARTS], sum = 0, below = 0;
        int levels = sizes[i % 5];
        random_shares(i, levels, share, part);
        for (int l = 0; l < levels; ++l) sum += share[l];
        for (int k = 0; k < 20; ++k) {
            double u = k ? random_unit(i, STREAM_SAMPLE, 3, k) : 0;
            int level = level_in_two_steps(part, share, levels, u);
            none += level < 0;
            if (level >= 0) assert_int_equal(level, level_by_level(share, levels, 0, u, sum));
        }
        for (int l = 0; l < levels; ++l) { // on each boundary, and a little to either side
            below += share[l];
            for (int side = -1; side <= 1; ++side) {
                double u = below / sum * (1 + side * 1e-15);
                int level = level_in_two_steps(part, share, levels, u);
                close += level < 0;
                if (level >= 0) assert_int_equal(level, level_by_level(share, levels, 0, u, sum));
            }
        }
    }
    assert_true(none < 200); // where the first share is 0, u = 0 is on a boundary
    assert_true(close > 10000);
}

/* More than fits into one piece that is read. */
static void a_large_idx_file_is_read_whole(void **state)
{
    (void)state;
    const char *dir = make_toy_data(scratch("large"),
                                    (toy_data){.n = 3000, .c = 1, .h = 32, .w = 25, .classes = 3, .seed = 2});
    char path[256];
    size_t bytes;
    snprintf(path, sizeof path, "%s/train-images-idx3-ubyte", dir);
    char *whole = read_whole(path, &bytes);
    idx_header x = open_idx(path, IDX_BYTE, 3, 3);
    void *items = read_idx_items(&x);
    assert_int_equal(x.items, 3000 * 32 * 25);
    assert_int_equal(bytes, 16 + x.items);
    assert_memory_equal(items, whole + 16, x.items);
    free(items);
    free(whole);
}

TEST_MAIN(cmocka_unit_test(levels_survive_an_image_file), cmocka_unit_test(idx_raw_and_gzipped_read_the_same),
          cmocka_unit_test(rows_hold_pixels_label_and_levels), cmocka_unit_test(epochs_are_permutations),
          cmocka_unit_test(levels_are_drawn_in_proportion), cmocka_unit_test(two_steps_draw_the_same_level),
          cmocka_unit_test(a_large_idx_file_is_read_whole))
