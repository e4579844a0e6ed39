/*
test_codec_damage.c - compressed images that are damaged, forged, or of another net end in one line.
*/
#include <stdlib.h>
#include "base/random.h"
#include "tests/gpc_files.h"

static network *tiny;
static byte_buffer small;

/* Five images in three blocks. */
static void make_small(void)
{
    if (tiny) return;
    float labels[5 * 3];
    tiny = net_of_text(TINY(3, 3, 3, 4), 2);
    fill_biases(tiny, 3);
    for (int i = 0; i < 5; ++i) one_hot_label(labels + 3 * i, 3, i % 3);
    dataset d = set_of_images(tiny, 5, some_images(tiny, 5), labels);
    small = compressed(tiny, &d, 2, 0);
    free(d.pixels);
}

/* Ends in an error, whose line is returned, or in images: NULL. */
static const char *outcome(const unsigned char *bytes, size_t size)
{
    static caught_error e;
    extraction x = {.net = tiny, .bytes = bytes, .size = size};
    int failed = catch_die(extract, &x, &e);
    free_extraction(&x);
    return failed ? e.message : 0;
}

static void each_truncation_is_caught(void **state)
{
    (void)state;
    make_small();
    assert_null(outcome(small.data, small.bytes));
    for (size_t n = 0; n < small.bytes; ++n) {
        const char *said = outcome(small.data, n);
        if (!said || !strstr(said, "truncated"))
            fail_msg("%zu of %zu bytes: %s", n, small.bytes, said ? said : "no error");
    }
    unsigned char *longer = checked_calloc(small.bytes + 1, 1);
    memcpy(longer, small.data, small.bytes);
    assert_non_null(strstr(outcome(longer, small.bytes + 1), "longer than it was"));
    free(longer);
}

static void each_flipped_bit_is_caught(void **state)
{
    (void)state;
    make_small();
    for (size_t i = 0; i < 8 * small.bytes; ++i) {
        small.data[i / 8] ^= 1 << i % 8;
        if (!outcome(small.data, small.bytes)) fail_msg("bit %zu of byte %zu: no error", i % 8, i / 8);
        small.data[i / 8] ^= 1 << i % 8;
    }
    assert_null(outcome(small.data, small.bytes));
}

static void mend_all(void *what)
{
    byte_buffer *b = what;
    mend_gpc(b->data, b->bytes);
    gpc_file *f = read_gpc_file((gpc_source){.name = "x.gpc", .bytes = b->data, .size = b->bytes});
    need_gpc_net(f, tiny);
    mend_blocks(tiny, f, b->data);
    free_gpc_file(f);
}

/* With right checks damage is another file, which has images or an error: in the header an error, in the
   blocks images. */
static void mended_damage_ends_well(void **state)
{
    (void)state;
    int images = 0, errors = 0, flips = 10000;
    caught_error e;
    make_small();
    byte_buffer b = {.data = checked_malloc(small.bytes), .bytes = small.bytes};
    for (int i = 0; i < flips; ++i) {
        memcpy(b.data, small.data, small.bytes);
        for (int k = 0; k <= i % 4; ++k) {
            uint32_t bit = random_bits(1, STREAM_SAMPLE, i, k) % (8 * small.bytes);
            b.data[bit / 8] ^= 1 << bit % 8;
        }
        catch_die(mend_all, &b, &e);
        const char *said = outcome(b.data, b.bytes);
        images += !said;
        errors += said != 0;
    }
    print_message("%d flips: %d files of images, %d errors\n", flips, images, errors);
    assert_true(images > flips / 20 && errors > flips / 20);
    free(b.data);
}

/* A field with another value, under right checks. */
static void fields_are_checked(void **state)
{
    (void)state;
    static const struct {
        int at, bytes;
        uint64_t value;
        const char *says;
    } cases[] = {
        {0, 1, 'x', "not a .gpc file"},
        {AT_VERSION, 2, 2, "version 2 at byte 8, this program reads 1"},
        {AT_ARITHMETIC, 2, 7, "arithmetic 7 at byte 10, this program has 1"},
        {AT_IMAGES, 4, 0, "images 0 at byte 12, expected 1 to 2147483647"},
        {AT_IMAGES, 4, 0x80000000, "images 2147483648 at byte 12"},
        {AT_IMAGES, 4, 0x7fffffff, "2147483647 images in blocks of 2 take at least 8589934664: truncated"},
        {AT_IMAGES, 4, 3, "truncated, longer than it was"},
        {AT_MEANING, 8, 1, "compressed with another net (0000000000000001, this cfg is"},
        {AT_WEIGHTS, 8, 2, "compressed with other weights (0000000000000002, these are"},
        {AT_HEIGHT, 4, 0, "height 0 at byte 32, expected 1 to 65536"},
        {AT_HEIGHT, 4, 4, "images of 1 channel, 4 x 3 (height x width), 4 levels; the cfg has channels=1 height=3"},
        {AT_WIDTH, 4, 65537, "width 65537 at byte 36"},
        {AT_CHANNELS, 1, 3, "images of 3 channels"},
        {AT_LEVELS, 1, 0, "levels 1 at byte 41, expected 2 to 256"},
        {AT_LEVELS, 1, 4, "5 levels; the cfg has"},
        {AT_LABELS, 1, 9, "kind of labels 9 at byte 42, expected 0 to 4"},
        {AT_LABELS, 1, LABELS_NONE, "numbers per label 3 at byte 48, expected 0 to 0"},
        {AT_QUANTISED, 1, 2, "quantised 2 at byte 43"},
        {AT_IN_BLOCK, 2, 0, "images in a block 0 at byte 44, expected 1 to 4096"},
        {AT_IN_BLOCK, 2, 4097, "images in a block 4097 at byte 44"},
        {AT_TOGETHER, 2, 0, "images together 0 at byte 46, expected 1 to 64"},
        {AT_TOGETHER, 2, 65, "images together 65 at byte 46"},
        {AT_CLASSES, 4, 0, "numbers per label 0 at byte 48, expected 1 to 65536"},
        {AT_CLASSES, 4, 4, "compressed with another net"},
        {AT_CLASS, 4, 1, "class 1 at byte 52, expected 0 to 0"},
        {AT_ZERO, 4, 1, "reserved 1 at byte 56, expected 0 to 0"}};
    make_small();
    unsigned char *b = checked_malloc(small.bytes);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        memcpy(b, small.data, small.bytes);
        put_number(b + cases[i].at, cases[i].value, cases[i].bytes);
        if (cases[i].at != AT_IMAGES || cases[i].value != 3) mend_gpc(b, small.bytes);
        if (cases[i].value == 3 && cases[i].at == AT_IMAGES) put_number(b + AT_CHECK, check_of_header(b), 4);
        const char *said = outcome(b, small.bytes);
        if (!said || !strstr(said, cases[i].says)) fail_msg("%s: %s", cases[i].says, said ? said : "no error");
    }
    free(b);
}

/* Lengths in the index that do not fill the file. */
static void lengths_are_checked(void **state)
{
    (void)state;
    static const struct {
        int block;
        long long more;
        const char *says;
    } cases[] = {
        {0, 100000, "block 0 ends at byte"}, {2, 1, "block 2 ends at byte"}, {2, -1, "the blocks end at byte"}};
    make_small();
    unsigned char *b = checked_malloc(small.bytes);
    for (int i = 0; i < 3; ++i) {
        memcpy(b, small.data, small.bytes);
        unsigned char *length = b + small.bytes - GPC_END - (3 - cases[i].block) * GPC_ENTRY;
        put_number(length, number_at(length, 4) + cases[i].more, 4);
        mend_gpc(b, small.bytes);
        const char *said = outcome(b, small.bytes);
        if (!said || !strstr(said, cases[i].says)) fail_msg("%s: %s", cases[i].says, said ? said : "no error");
    }
    free(b);
}

TEST_MAIN(cmocka_unit_test(each_truncation_is_caught), cmocka_unit_test(each_flipped_bit_is_caught),
          cmocka_unit_test(mended_damage_ends_well), cmocka_unit_test(fields_are_checked),
          cmocka_unit_test(lengths_are_checked))
