/*
test_reported_pictures.c - regression tests of reported bugs: pictures and masks.
*/
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "tests/formats.h"
#include "tests/picture_files.h"
#include "tests/refused.h"

enum { H = 6, W = 5, N = H * W };

static run_result r;

/* As $CFG, but of 256 levels, so that what a command read is seen to the last bit. */
static void need_nets(void)
{
    static int ready;
    need_world();
    setenv("PNG", scratch("x.png"), 1);
    setenv("JPG", scratch("x.jpg"), 1);
    setenv("MASK", scratch("mask.png"), 1);
    if (ready++) return;
    setenv("FINE", scratch("fine"), 1);
    shell("sed 's/^levels=.*/levels=256/; /#c2/,/linear/s/filters=4/filters=256/' $CFG >$FINE.cfg; "
          "sed 's/^levels=.*/levels=256/; /#c1/,/linear/s/filters=6/filters=768/' $PLAIN >${FINE}_rgb.cfg; "
          "$DARKNET pixelcnn train $FINE.cfg $DATA -backup $SCRATCH -report none >/dev/null 2>&1; "
          "$DARKNET pixelcnn train ${FINE}_rgb.cfg $RGB -backup $SCRATCH -report none >/dev/null 2>&1");
}

static void run(int status, const char *command)
{
    run_command(&r, "ulimit -t 20; %s", command);
    if (r.status != status) fail_msg("%s\n    status %d: %s%s", command, r.status, r.out, r.err);
}

static void says(const char *parts)
{
    if (!holds(r.err, parts)) fail_msg("expected: %s\n    got: %s", parts, r.err);
}

/* Pixel i of `file` as the net of `channels` is given it. */
static const unsigned char *seen(const char *file, int channels, const char *options)
{
    static unsigned char pixels[3 * N];
    int w, h, c;
    char command[600];
    snprintf(command, sizeof command,
             "$DARKNET pixelcnn complete ${FINE}%s.cfg ${FINE}%s_final.weights %s -rows 6 -n 1 -scale 1 %s -out "
             "$SCRATCH/seen.png",
             channels == 3 ? "_rgb" : "", channels == 3 ? "_rgb" : "", file, channels == 3 ? options : "-label 1");
    if (channels == 1) snprintf(command + strlen(command), 300, " %s", options);
    run(0, command);
    unsigned char *sheet = read_png_file(scratch("seen.png"), &w, &h, &c);
    assert_int_equal(c, channels);
    for (int i = 0; i < N * c; ++i) pixels[i] = sheet[i / c / W * w * c + i / c % W * c + i % c];
    free(sheet);
    return pixels;
}

/* ---- damage ---- */

static void put(FILE *f, int marker, const unsigned char *data, int n)
{
    fprintf(f, "%c%c%c%c", 0xff, marker, (n + 2) >> 8, (n + 2) & 255);
    fwrite(data, 1, n, f);
}

/* A JPEG whose Huffman table has 3 x 255 codes, where there are 256. In stb_image 2.27 the values from 516 on
   replaced the largest code of each length, and those from 588 on the places that codes are looked up at. */
static void write_large_table(const char *path)
{
    static const unsigned char frame[] = {8, 0, 16, 0, 16, 1, 1, 0x11, 0}, scan[] = {1, 1, 0, 0, 63, 0};
    unsigned char quantisation[65], table[17 + 765] = {[14] = 255, [15] = 255, [16] = 255}, ac[18] = {0x10, [16] = 1};
    FILE *f = fopen(path, "wb");
    memset(quantisation, 1, sizeof quantisation);
    quantisation[0] = 0;
    memset(table + 17 + 516 + 40, 0xff, 32);
    for (int i = 588; i + 4 <= 765; i += 4) memcpy(table + 17 + i, "\x00\xff\xff\x7f", 4);
    fwrite("\xff\xd8", 1, 2, f);
    put(f, 0xdb, quantisation, sizeof quantisation);
    put(f, 0xc0, frame, sizeof frame);
    put(f, 0xc4, table, sizeof table);
    put(f, 0xc4, ac, sizeof ac);
    put(f, 0xda, scan, sizeof scan);
    for (int i = 0; i < 64; ++i) fputc(0x55, f);
    fwrite("\xff\xd9", 1, 2, f);
    fclose(f);
}

static void tables_that_are_too_large_are_refused(void **state)
{
    (void)state;
    need_nets();
    write_large_table(path_of("JPG"));
    refused(0, "pixelcnn score $CFG $WEIGHTS $JPG -label 1", "x.jpg: broken image: Bogus Huffman table");
    refused(0, "pixelcnn complete $CFG $WEIGHTS $JPG -label 1 -out $OUT/x.png", "x.jpg: broken image");
    report();
}

/* Bits of the pixels, of a checksum, and of what is no pixel. */
static void flipped_bits_are_found(void **state)
{
    (void)state;
    unsigned char x[N];
    size_t bytes;
    need_nets();
    for (int i = 0; i < N; ++i) x[i] = 31 * i;
    write_png_file(path_of("PNG"), (picture_file){W, H, 1, .depth = 8, .orientation = 1}, x);
    char *whole = read_whole(path_of("PNG"), &bytes);
    for (size_t i = 20; i < bytes; i += 5) {
        whole[i] ^= 1 << i % 8;
        write_file(path_of("PNG"), whole, bytes);
        refused(0, "pixelcnn score $CFG $WEIGHTS $PNG -label 1", "x.png: broken image");
        whole[i] ^= 1 << i % 8;
    }
    free(whole);
    report();
}

/* Half of the scan, and then the end marker: libjpeg would make the other half grey. */
static void half_a_jpeg_is_refused(void **state)
{
    (void)state;
    size_t bytes;
    need_nets();
    unsigned char *x = calloc(64, 64);
    for (int i = 0; i < 64 * 64; ++i) x[i] = i * i * 31;
    write_jpeg_file(path_of("JPG"), (picture_file){64, 64, 1, .depth = 8}, x);
    char *whole = read_whole(path_of("JPG"), &bytes);
    memcpy(whole + bytes / 2, "\xff\xd9", 2);
    write_file(path_of("JPG"), whole, bytes / 2 + 2);
    refused(0, "pixelcnn score $CFG $WEIGHTS $JPG -label 1", "x.jpg: broken image");
    free(whole);
    free(x);
    report();
}

/* ---- limits ---- */

static void sizes_beyond_the_limit_are_named(void **state)
{
    (void)state;
    unsigned char *x = calloc(9000, 1);
    need_nets();
    write_png_file(path_of("PNG"), (picture_file){9000, 1, 1, .depth = 8}, x);
    write_jpeg_file(path_of("JPG"), (picture_file){1, 8193, 1, .depth = 8}, x);
    refused(0, "pixelcnn score $CFG $WEIGHTS $PNG -label 1", "x.png: 9000 x 1 pixels & the limit is 8192");
    refused(0, "pixelcnn score $CFG $WEIGHTS $JPG -label 1", "x.jpg: 1 x 8193 pixels & the limit is 8192");
    refused(0, "pixelcnn complete $CFG $WEIGHTS $DATA -label 1 -mask $PNG -out $OUT/x.png", "9000 x 1 & limit is 8192");
    write_png_bomb(path_of("PNG"), INT_MAX, INT_MAX, 1, 0);
    refused(0, "pixelcnn score $CFG $WEIGHTS $PNG -label 1", "2147483647 x 2147483647 pixels & the limit is 8192");
    free(x);
    report();
}

/* KiB of address space in which a small picture is read. */
static long least_memory(void)
{
    long least = 1 << 14, most = 1 << 23;
    while (most - least > 4096) {
        long middle = (least + most) / 2;
        run_command(&r, "ulimit -v %ld; $DARKNET pixelcnn score $CFG $WEIGHTS $PNG -label 1", middle);
        *(r.status ? &least : &most) = middle;
    }
    return most;
}

/* Beside what a small picture takes: 256 MB, and 2 seconds. */
static void files_are_read_or_refused_within_the_limits(void **state)
{
    (void)state;
    unsigned char small[4] = {0};
#ifdef __SANITIZE_ADDRESS__
    skip(); // its address space has no bound
#endif
    need_nets();
    write_png_file(path_of("PNG"), (picture_file){1, 1, 4, .depth = 8}, small);
    char before[64];
    snprintf(before, sizeof before, "ulimit -v %ld; ulimit -t 2;", least_memory() + (256L << 10));
    write_png_bomb(path_of("PNG"), 1, 1, 400L << 20, 0);
    refused(before, "pixelcnn score $CFG $WEIGHTS $PNG -label 1", "x.png: broken image & after the last row");
    write_png_bomb(path_of("PNG"), 8192, 8192, 1, 0);
    refused(before, "pixelcnn score $CFG $WEIGHTS $PNG -label 1",
            "8192 x 8192 & bytes of memory & the limit is 268435456");
    write_jpeg_of_scans(path_of("JPG"), 4096, 600);
    refused(before, "pixelcnn score $CFG $WEIGHTS $JPG -label 1", "x.jpg: more than & scans");
    shell("truncate -s 3G $PNG");
    refused(before, "pixelcnn score $CFG $WEIGHTS $PNG -label 1", "x.png: & 3221225472 bytes & the limit is 134217728");
    report();
    write_png_bomb(path_of("PNG"), 1, 1, 100L << 20, "zTXt");
    run_command(&r, "%s $DARKNET pixelcnn score $CFG $WEIGHTS $PNG -label 1", before);
    assert_int_equal(r.status, 0);
    write_png_bomb(path_of("PNG"), 6000, 8000, 8000L * (1 + 4 * 6000), 0); // just within
    run_command(&r, "%s $DARKNET pixelcnn score $CFG $WEIGHTS $PNG -label 1", before);
    if (r.status) fail_msg("%s", r.err);
}

static void only_files_are_opened(void **state)
{
    (void)state;
    need_nets();
    refused(
        "rm -f $MASK; mkfifo $MASK; (sleep 2; [ ! -p $MASK ] || : <>$MASK) >/dev/null 2>&1 &", // which frees one that waits
        "pixelcnn complete $CFG $WEIGHTS $DATA -label 1 -mask $MASK -out $OUT/x.png", "mask.png: not a file");
    shell("rm $MASK");
    report();
}

/* ---- colours ---- */

/* Black strokes on transparent ground; half of a stroke is half transparent. */
static void alpha_is_composed(void **state)
{
    (void)state;
    unsigned char x[4 * N] = {0};
    need_nets();
    for (int i = 0; i < N; ++i) x[4 * i + 3] = i % 3 ? 0 : i % 2 ? 255 : 128;
    write_png_file(path_of("PNG"), (picture_file){W, H, 4, .depth = 8}, x);
    const unsigned char *got = seen("$PNG", 1, "");
    for (int i = 0; i < N; ++i) assert_int_equal(got[i], i % 3 ? 255 : i % 2 ? 0 : 127);
    says("x.png: transparent & composed on white & -background");
    got = seen("$PNG", 1, "-background 100");
    for (int i = 0; i < N; ++i) assert_int_equal(got[i], i % 3 ? 100 : i % 2 ? 0 : 50);
    got = seen("$PNG", 3, "-background fF8000");
    for (int i = 0; i < N; ++i)
        for (int k = 0; k < 3; ++k) {
            int ground = k == 0 ? 255 : k == 1 ? 128 : 0;
            assert_int_equal(got[3 * i + k], i % 3 ? ground : i % 2 ? 0 : (ground * 127 + 127) / 255);
        }
    refused(0, "pixelcnn score $CFG $WEIGHTS $PNG -label 1 -background 256", "-background 256 & 0 to 255 & RRGGBB");
    refused(0, "pixelcnn eval $CFG $WEIGHTS $DATA -background white", "-background white & RRGGBB");
    refused(0, TRAIN " -background 12345", "-background 12345 & RRGGBB");
    refused(0, "pixelcnn classify $CFG $WEIGHTS $DATA -background -1", "-background -1 & RRGGBB");
    report();
}

/* Once, whatever the number of pictures; and not where all is opaque. */
static void composition_is_reported_once(void **state)
{
    (void)state;
    char file[32];
    unsigned char x[4 * N] = {0};
    need_nets();
    const char *folder = make_folder("clear", "");
    for (int i = 0; i < 3; ++i) {
        snprintf(file, sizeof file, "%d.png", i);
        x[i] = 200;
        write_png_file(in(folder, file), (picture_file){W, H, 4, .depth = 8}, x);
    }
    setenv("CLEAR", folder, 1);
    run(0, "$DARKNET pixelcnn score $CFG $WEIGHTS $CLEAR -label 1");
    says("0.png: transparent");
    assert_null(strstr(strstr(r.err, "transparent") + 1, "transparent,"));
    memset(x, 255, sizeof x);
    write_png_file(path_of("PNG"), (picture_file){W, H, 4, .depth = 8}, x);
    run(0, "$DARKNET pixelcnn score $CFG $WEIGHTS $PNG -label 1");
    assert_null(strstr(r.err, "transparent"));
}

static void photographs_are_rotated(void **state)
{
    (void)state;
    static unsigned char x[8 * W * 8 * H];
    need_nets();
    for (int i = 0; i < 8 * W * 8 * H; ++i) x[i] = i % (8 * H) < 8 ? 250 : 20; // its left edge is bright
    write_jpeg_file(path_of("JPG"), (picture_file){8 * H, 8 * W, 1, .depth = 8, .orientation = 6}, x);
    const unsigned char *got = seen("$JPG", 1, "");
    for (int i = 0; i < N; ++i) assert_true(i < W ? got[i] > 200 : got[i] < 60); // the upper edge
}

static void ten_bits_are_scaled(void **state)
{
    (void)state;
    uint16_t x[N];
    need_nets();
    for (int i = 0; i < N; ++i) x[i] = i * 1023 / (N - 1);
    write_png_file(path_of("PNG"), (picture_file){W, H, 1, 16, .bits = 10}, x);
    const unsigned char *got = seen("$PNG", 1, "");
    for (int i = 0; i < N; ++i) assert_int_equal(got[i], (x[i] * 255 + 511) / 1023);
    says("x.png: 16-bit values of 10 bits (sBIT)");
    for (int i = 0; i < N; ++i) x[i] = i * 4095 / (N - 1);
    write_png_file(path_of("PNG"), (picture_file){W, H, 1, 16, .bits = 0}, x);
    seen("$PNG", 1, "");
    says("x.png: its largest 16-bit value is 4095 of 65535");
}

TEST_MAIN(cmocka_unit_test(tables_that_are_too_large_are_refused), cmocka_unit_test(flipped_bits_are_found),
          cmocka_unit_test(half_a_jpeg_is_refused), cmocka_unit_test(sizes_beyond_the_limit_are_named),
          cmocka_unit_test(files_are_read_or_refused_within_the_limits), cmocka_unit_test(only_files_are_opened),
          cmocka_unit_test(alpha_is_composed), cmocka_unit_test(composition_is_reported_once),
          cmocka_unit_test(photographs_are_rotated), cmocka_unit_test(ten_bits_are_scaled))
