/*
test_reported_data_bombs.c - regression tests: small data files that claim or unpack to large content. Headers
are checked against the file's size, the net's shape and the available memory before anything else is read.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "tests/refused.h"

static run_result r;

/* What every command here gets: 1.5 GB of address space and 2 seconds of processor time. */
#define LIMITS "ulimit -v 1500000; ulimit -t 2; "
#define EVAL_BAD "pixelcnn eval $CFG $WEIGHTS $BAD_DATA"

static const char *name_of(const char *file)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", path_of("BAD_DATA"), file);
    return path;
}

/* The sanitizer's shadow alone is larger than any limit. */
static void need_limits(void)
{
#ifdef __SANITIZE_ADDRESS__
    skip();
#endif
    need_world();
}

/* $BAD_DATA becomes $DATA without that file, in place of which comes one of that name. */
static void replace_file(const char *old)
{
    shell("rm -rf $BAD_DATA; cp -r $DATA $BAD_DATA");
    assert_int_equal(remove(name_of(old)), 0);
}

static int put_header(unsigned char *to, int n, const long long *dims)
{
    to[0] = to[1] = 0;
    to[2] = 8;
    to[3] = n;
    for (int i = 0; i < n; ++i)
        for (int k = 0; k < 4; ++k) to[4 + 4 * i + k] = dims[i] >> (24 - 8 * k);
    return 4 + 4 * n;
}

/* A raw IDX file that long, all of it holes but for the header. */
static void write_sparse(const char *file, int n, const long long *dims, long long bytes)
{
    unsigned char head[20];
    write_file(name_of(file), head, put_header(head, n, dims));
    assert_int_equal(truncate(name_of(file), bytes), 0);
}

static void append(FILE *f, const void *data, size_t bytes) { assert_int_equal(fwrite(data, 1, bytes, f), bytes); }

/* gzip's form of some bytes, in a buffer of the caller's. */
static size_t pack(unsigned char *to, size_t room, const void *from, size_t bytes)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)from;
    z.avail_in = bytes;
    z.next_out = to;
    z.avail_out = room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t n = room - z.avail_out;
    deflateEnd(&z);
    return n;
}

/* A gzipped IDX file: the header, then `repeats` times 16 MiB of zeros. */
static void write_packed(const char *file, int n, const long long *dims, int repeats)
{
    enum { MANY = 1 << 24, ROOM = 1 << 16 };
    unsigned char head[20], *zeros = calloc(1, MANY), *packed = malloc(ROOM);
    FILE *f = fopen(name_of(file), "wb");
    assert_non_null(f);
    append(f, packed, pack(packed, ROOM, head, put_header(head, n, dims)));
    size_t bytes = repeats ? pack(packed, ROOM, zeros, MANY) : 0;
    for (int i = 0; i < repeats; ++i) append(f, packed, bytes);
    assert_int_equal(fclose(f), 0);
    free(zeros);
    free(packed);
}

#define IMAGES "t10k-images-idx3-ubyte"
#define LABELS "t10k-labels-idx1-ubyte"

/* 8.8 and 12.4 MB of file, 9 and 12.6 GB of content. */
static void a_gzipped_bomb_is_refused_by_its_header(void **state)
{
    (void)state;
    need_limits();
    const long long wrong[] = {300000000, 7, 6}, right[] = {18 << 24, 6, 5};
    replace_file(IMAGES);
    write_packed(IMAGES ".gz", 3, wrong, 760);
    refused(LIMITS, EVAL_BAD,
            IMAGES ".gz: images of 1 channel, 7 x 6 (height x width), the cfg has channels=1 height=6 width=5");
    shell("rm $BAD_DATA/" LABELS);
    write_packed(IMAGES ".gz", 3, right, 540);
    write_packed(LABELS ".gz", 1, right, 18);
    refused(LIMITS, EVAL_BAD, IMAGES ".gz: its images and labels need 10.3 GB of memory, & are available");
    report();
}

/* Where the header is right, what counts is how many of the images are evaluated: they stay in their file. */
static void a_sparse_file_is_refused_by_its_header(void **state)
{
    (void)state;
    need_limits();
    const long long wrong[] = {1 << 20, 64, 64}, right[] = {200000000, 6, 5}, many[] = {2147483647, 28, 28};
    replace_file(IMAGES);
    write_sparse(IMAGES, 3, wrong, 16 + (4ll << 30));
    refused(LIMITS, EVAL_BAD, IMAGES ": images of 1 channel, 64 x 64");
    write_sparse(IMAGES, 3, right, 16 + 6000000000);
    refused(LIMITS, EVAL_BAD, LABELS ": 12 labels for 200000000 images");
    write_sparse(LABELS, 1, right, 8 + 200000000);
    refused(LIMITS, EVAL_BAD, "bad-data: the nats of 200000000 images need 1.6 GB of memory, & are available");
    shell(LIMITS "$DARKNET " EVAL_BAD " -limit 100");
    write_sparse(IMAGES, 3, many, 16 + 2147483647ll * 784);
    refused(LIMITS, EVAL_BAD, IMAGES ": byte 12: dimension 2 is 28, which is 0 or too large");
    report();
}

/* Sums that an int, an unsigned or a long long would not hold. */
static void sizes_are_summed_without_overflow(void **state)
{
    (void)state;
    need_limits();
    static const struct {
        long long dims[3], bytes;
        const char *says;
    } c[] = {
        {{65536, 256, 128}, 16 + (1ll << 31), "images of 1 channel, 256 x 128"},
        {{65536, 256, 128}, 15 + (1ll << 31), "2147483663 bytes of content, its dimensions need 2147483664: truncated"},
        {{65536, 256, 256}, 16 + (1ll << 32), "images of 1 channel, 256 x 256"},
        {{65536, 256, 256}, 16, "16 bytes of content, its dimensions need 4294967312: truncated"},
        {{65536, 65536, 1}, 16 + 30, "46 bytes of content, its dimensions need 4294967312: truncated"},
        {{12, 6, 5}, 376 + (1ll << 32), "more than the 376 bytes of content"},
        {{12, 6, 5}, 376 + (1ll << 40), "more than the 376 bytes of content"},
        {{2147483648, 6, 5}, 376, "byte 4: dimension 0 is 2147483648, which is 0 or too large"},
        {{2097152, 2097152, 2097152}, 16, "too large"}};
    for (int i = 0; i < COUNT(c); ++i) {
        replace_file(IMAGES);
        write_sparse(IMAGES, 3, c[i].dims, c[i].bytes);
        refused(LIMITS, EVAL_BAD, c[i].says);
    }
    report();
}

static void cifar_batches_are_counted_before_they_are_read(void **state)
{
    (void)state;
    need_limits();
    shell("rm -rf $BAD_DATA; mkdir $BAD_DATA; sed 's/^height=.*/height=32/; s/^width=.*/width=32/' $PLAIN >$BAD; "
          ">$BAD_DATA/test_batch.bin");
    static const struct {
        long long bytes;
        const char *says;
    } c[] = {{3073ll * 1000000, "its images and labels need 3.07 GB of memory"},
             {1ll << 31, "2147483648 bytes: not a multiple of 3073"},
             {1ll << 32, "4294967296 bytes: not a multiple of 3073"},
             {3073ll * 268435456, "824902156288 bytes: more than 268435455 images"}};
    for (int i = 0; i < COUNT(c); ++i) {
        assert_int_equal(truncate(name_of("test_batch.bin"), c[i].bytes), 0);
        refused(LIMITS, "pixelcnn eval $BAD $PLAIN_WEIGHTS $BAD_DATA", c[i].says);
    }
    report();
}

static void what_follows_compressed_data_is_refused(void **state)
{
    (void)state;
    need_world();
    static const char *const tails[] = {"x", "\\0", "hello, I am not gzipped", "\\037", "\\037\\213\\010"};
    char before[256];
    for (int i = 0; i < COUNT(tails); ++i) {
        snprintf(before, sizeof before,
                 "rm -rf $BAD_DATA; cp -r $DATA $BAD_DATA; cd $BAD_DATA; gzip " IMAGES "; printf '%s' >>" IMAGES
                 ".gz; cd - >/dev/null;",
                 tails[i]);
        refused(before, EVAL_BAD, IMAGES ".gz: damaged");
    }
    /* Two files that gzip made, one after the other, are one: gzip says so. */
    shell("rm -rf $BAD_DATA; cp -r $DATA $BAD_DATA; cd $BAD_DATA; head -c 100 " IMAGES
          " | gzip >a; tail -c +101 " IMAGES " | gzip >>a; rm " IMAGES "; mv a " IMAGES ".gz");
    run_command(&r, "$DARKNET " EVAL_BAD " && $DARKNET " EVAL);
    assert_int_equal(r.status, 0);
    report();
}

/* 100 bytes that say a GB: more than they can unpack to. */
static void a_header_that_lies_costs_nothing(void **state)
{
    (void)state;
    need_limits();
    const long long dims[] = {33333333, 6, 5};
    replace_file(IMAGES);
    write_packed(IMAGES ".gz", 3, dims, 0);
    refused(LIMITS, EVAL_BAD, IMAGES ".gz: its dimensions need 1000000006 bytes of content & truncated");
    report();
}

TEST_MAIN(cmocka_unit_test(a_gzipped_bomb_is_refused_by_its_header),
          cmocka_unit_test(a_sparse_file_is_refused_by_its_header), cmocka_unit_test(sizes_are_summed_without_overflow),
          cmocka_unit_test(cifar_batches_are_counted_before_they_are_read),
          cmocka_unit_test(what_follows_compressed_data_is_refused), cmocka_unit_test(a_header_that_lies_costs_nothing))
