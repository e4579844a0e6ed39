/*
test_library_compress.c - libpixelcnn compresses to what the command reads, brings images back, and refuses
what is damaged.
*/
#include <stdlib.h>
#include <string.h>
#include "layers/math/levels.h"
#include "tests/library_calls.h"

enum { N = 7, K = 3, VALUES = 30, LEVELS = 4 };

static run_result r;
static pixelcnn *grey, *colour;
static unsigned char images[N * VALUES], back[N * VALUES], packed[20000];
static float labels[N * K], labels_back[N * K];
static size_t size;
static const pixelcnn_bytes nowhere;

static void pack(const float *with, const pixelcnn_packing *how)
{
    size = pixelcnn_compress_bound(grey, N, how);
    assert_in_range(size, 1, sizeof packed);
    pixelcnn_bytes to = {packed, size};
    succeeds(pixelcnn_compress(grey, N, images, with, how, &to));
    size = to.size;
}

static const pixelcnn_bytes *all(void)
{
    static pixelcnn_bytes b;
    b = (pixelcnn_bytes){packed, size};
    return &b;
}

/* Images of the net's levels, and a class for each. */
static void need_images(void)
{
    need_world();
    if (!grey) grey = pixelcnn_load(path_of("CFG"), path_of("WEIGHTS"), 3);
    if (!colour) colour = pixelcnn_load(path_of("PLAIN"), path_of("PLAIN_WEIGHTS"), 3);
    if (!grey || !colour) fail_msg("%s", pixelcnn_error());
    for (int i = 0; i < N * VALUES; ++i) images[i] = byte_of_level((i * 2654435761u >> 24) % LEVELS, LEVELS);
    succeeds(pixelcnn_labels(grey, "2,0,1", N, labels));
    memset(back, 1, sizeof back);
}

static void images_come_back(void **state)
{
    (void)state;
    pixelcnn_packed what;
    need_images();
    for (int block = 0; block < 4; block += 3) {
        pack(labels, &(pixelcnn_packing){.block = block});
        succeeds(pixelcnn_compressed(grey, all(), &what));
        assert_int_equal(what.images, N);
        if (block) assert_int_equal(what.block, block);
        assert_int_equal(what.quantised, 0);
        succeeds(pixelcnn_decompress(grey, all(), 0, N, back, labels_back));
        assert_memory_equal(back, images, sizeof images);
        assert_memory_equal(labels_back, labels, sizeof labels);
        succeeds(pixelcnn_decompress(grey, all(), 4, 2, back, 0));
        assert_memory_equal(back, images + 4 * VALUES, 2 * VALUES);
    }
}

static void the_command_reads_and_writes_the_same(void **state)
{
    (void)state;
    size_t n;
    need_images();
    pack(labels, 0);
    write_file(scratch("library.gpc"), packed, size);
    run_command(&r, "mkdir -p $SCRATCH/set; $DARKNET pixelcnn decompress $CFG $WEIGHTS $SCRATCH/library.gpc -out "
                    "$SCRATCH/set/t10k-images-idx3-ubyte && $DARKNET pixelcnn compress $CFG $WEIGHTS $SCRATCH/set -out "
                    "$SCRATCH/command.gpc");
    if (r.status) fail_msg("%s", r.err);
    char *idx = read_whole(scratch("set/t10k-images-idx3-ubyte"), &n), *again = read_whole(scratch("command.gpc"), &n);
    assert_memory_equal(idx + 16, images, sizeof images);
    assert_int_equal(n, size);
    assert_memory_equal(again, packed, size);
    free(idx);
    free(again);
}

static void labels_are_found(void **state)
{
    (void)state;
    need_images();
    pack(0, 0);
    succeeds(pixelcnn_decompress(grey, all(), 0, N, back, labels_back));
    assert_memory_equal(back, images, sizeof images);
    for (int i = 0; i < N; ++i) {
        double found, other;
        succeeds(pixelcnn_nll(grey, 1, images + i * VALUES, labels_back + i * K, &found));
        for (int k = 0; k < K; ++k) {
            float label[K] = {0};
            label[k] = 1;
            succeeds(pixelcnn_nll(grey, 1, images + i * VALUES, label, &other));
            assert_true(found < other + 1e-4);
        }
    }
}

static int always(void *context)
{
    (void)context;
    return 1;
}

static void errors_leave_everything_as_it_was(void **state)
{
    (void)state;
    need_images();
    pack(labels, &(pixelcnn_packing){.block = 2});
    static unsigned char copy[sizeof packed], untouched[sizeof back];
    memcpy(copy, packed, sizeof copy);
    memcpy(untouched, back, sizeof back);
    const pixelcnn_packing two = {.block = 2}, lossy = {.block = 2, .quantise = 1}, wrong = {.block = -1};
    pixelcnn_bytes few = {copy, size - 1}, to = {copy, size}, none = {copy, 0};
    fails_with(pixelcnn_compress(grey, N, images, labels, &two, &few), "the images take more than");
    fails_with(pixelcnn_compress(grey, N, images, labels, 0, 0), "pixelcnn_compress: images or results are NULL");
    fails_with(pixelcnn_compress(0, N, images, labels, 0, &to), "the net is NULL");
    fails_with(pixelcnn_compress(grey, N, images, labels, &wrong, &to), "block -1: expected 0 to 4096");
    fails_with(pixelcnn_compress(colour, 1, images, labels, &lossy, &to), "labels: this net has no [label_embed]");
    images[40] = 7;
    fails_with(pixelcnn_compress(grey, N, images, labels, 0, &to), "7 in image 1 is not one of this net's 4 levels");
    assert_int_equal(to.size, size);
    assert_memory_equal(copy, packed, sizeof copy);
    succeeds(pixelcnn_compress(grey, N, images, labels, &lossy, &(pixelcnn_bytes){copy, sizeof copy}));
    memcpy(copy, packed, sizeof copy);
    fails_with(pixelcnn_compress_bound(grey, 0, 0) == 0 ? -1 : 0, "0 images: expected 1 or more");
    fails_with(pixelcnn_compressed(colour, all(), 0), "images of 1 channel");
    fails_with(pixelcnn_compressed(grey, &none, 0), "0 bytes, a .gpc file has at least 72");
    fails_with(pixelcnn_compressed(grey, &nowhere, 0), "the compressed bytes are NULL");
    fails_with(pixelcnn_decompress(grey, all(), 5, 3, back, 0), "images 5 to 7: there are images 0 to 6");
    fails_with(pixelcnn_decompress(grey, all(), -1, 3, back, 0), "images -1 to 1");
    copy[size / 2] ^= 64;
    fails_with(pixelcnn_decompress(grey, &to, 0, N, back, 0), "damaged");
    pixelcnn_on_cancel(grey, always, 0);
    assert_int_equal(pixelcnn_decompress(grey, all(), 0, N, back, 0), PIXELCNN_CANCELLED);
    images[40] = 85;
    assert_int_equal(pixelcnn_compress(grey, N, images, labels, 0, &(pixelcnn_bytes){copy, sizeof copy}),
                     PIXELCNN_CANCELLED);
    pixelcnn_on_cancel(grey, 0, 0);
    assert_memory_equal(back, untouched, sizeof back);
    report();
}

TEST_MAIN(cmocka_unit_test(images_come_back), cmocka_unit_test(the_command_reads_and_writes_the_same),
          cmocka_unit_test(labels_are_found), cmocka_unit_test(errors_leave_everything_as_it_was))
