/*
test_drawn.c - the command complete, and what sample and complete report about their images: in the PNG, as
JSON.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include "tests/labelled.h"

enum { GREY = 128 };

static run_result r;

/* ---- complete ---- */

/* Row y of the sheet: image `image`, its given part, and n completions that keep it; some differ
   elsewhere. */
static void is_completed(unsigned char *shown, int w, int y, int n, int image, const unsigned char *keep)
{
    int changed = 0;
    for (int p = 0; p < VALUES; ++p) {
        int row = p / WIDTH, column = p % WIDTH, x = as_drawn(labelled_net()->pixels[image][p]);
        assert_int_equal(*sheet_pixel(shown, w, y, 0, row, column), x);
        assert_int_equal(*sheet_pixel(shown, w, y, 1, row, column), keep[p] ? x : GREY);
        for (int i = 0; i < n; ++i)
            if (keep[p])
                assert_int_equal(*sheet_pixel(shown, w, y, 2 + i, row, column), x);
            else
                changed += *sheet_pixel(shown, w, y, 2 + i, row, column) != x;
    }
    assert_true(changed > 0 || !memchr(keep, 0, VALUES));
}

static void given_rows_stay(void **state)
{
    (void)state;
    unsigned char keep[VALUES] = {0};
    int w;
    memset(keep, 1, 2 * WIDTH);
    unsigned char *shown = draw_sheet(&r, "complete", picture_of(3), "-rows 2 -n 4 -temp 3", &w);
    assert_int_equal(w, 6 * (WIDTH + 2) - 2);
    is_completed(shown, w, 0, 4, 3, keep);
    free(shown);
    memset(keep, 1, 3 * WIDTH); // half is the default
    shown = draw_sheet(&r, "complete", picture_of(3), "-temp 3", &w);
    assert_int_equal(w, 10 * (WIDTH + 2) - 2);
    is_completed(shown, w, 0, 8, 3, keep);
    free(shown);
    memset(keep, 1, VALUES);
    shown = draw_sheet(&r, "complete", picture_of(3), "-rows 6 -n 1 -json", &w);
    is_completed(shown, w, 0, 1, 3, keep);
    assert_true(number_in(r.out, "nats_per_image") == 0);
    free(shown);
}

static void nothing_given_is_sample(void **state)
{
    (void)state;
    static const char *const labels[] = {"", "-label 2", "-label none", "-label 0:0.5,1:0.5 -guidance 1 -temp 1.5"};
    char options[128];
    int w, wide;
    for (int i = 0; i < 4; ++i) {
        snprintf(options, sizeof options, "%s -n 4 -seed 5", labels[i]);
        unsigned char *sample = draw_sheet(&r, "sample", "", options, &w); // two rows of two
        snprintf(options, sizeof options, "%s -n 4 -seed 5 -rows 0", labels[i]);
        unsigned char *shown = draw_sheet(&r, "complete", picture_of(0), options, &wide);
        for (int k = 0; k < 4; ++k)
            for (int p = 0; p < VALUES; ++p)
                assert_int_equal(*sheet_pixel(shown, wide, 0, 2 + k, p / WIDTH, p % WIDTH),
                                 *sheet_pixel(sample, w, k / 2, k % 2, p / WIDTH, p % WIDTH));
        free(sample);
        free(shown);
    }
    unsigned char *sample = draw_sheet(&r, "sample", "", "-label all -n 3", &w);
    unsigned char *shown = draw_sheet(&r, "complete", picture_of(0), "-label all -n 3 -rows 0", &wide);
    for (int k = 0; k < 3 * CLASSES; ++k)
        for (int p = 0; p < VALUES; ++p)
            assert_int_equal(*sheet_pixel(shown, wide, k / 3, 2 + k % 3, p / WIDTH, p % WIDTH),
                             *sheet_pixel(sample, w, k / 3, k % 3, p / WIDTH, p % WIDTH));
    free(sample);
    free(shown);
}

/* Black where it is to be drawn: a hole in the middle and the first pixel. */
static void masks_keep_what_is_white(void **state)
{
    (void)state;
    unsigned char mask[VALUES], keep[VALUES];
    char options[600];
    int w;
    for (int p = 0; p < VALUES; ++p) {
        int hole = !p || (p / WIDTH >= 2 && p / WIDTH <= 3 && p % WIDTH >= 1 && p % WIDTH <= 3);
        mask[p] = hole ? 0 : 255;
        keep[p] = !hole;
    }
    write_grey_png(scratch("hole.png"), WIDTH, HEIGHT, mask);
    snprintf(options, sizeof options, "-mask %s -n 5 -temp 3 -label none", scratch("hole.png"));
    unsigned char *shown = draw_sheet(&r, "complete", picture_of(7), options, &w);
    is_completed(shown, w, 0, 5, 7, keep);
    free(shown);
}

static void test_images_have_their_label(void **state)
{
    (void)state;
    unsigned char keep[VALUES] = {0};
    char options[64];
    int w;
    memset(keep, 1, WIDTH);
    unsigned char *shown = draw_sheet(&r, "complete", labelled_net()->data, "-image 4 -images 3 -rows 1 -n 2 -temp 2",
                                      &w);
    for (int i = 0; i < 3; ++i) is_completed(shown, w, i, 2, 4 + i, keep);
    assert_non_null(strstr(r.out, "6 images of 5 x 6, given rows 1, label the image's, seed 0, temperature 2, "));
    free(shown);
    unsigned char *own = draw_sheet(&r, "complete", labelled_net()->data, "-image 5 -rows 0", &w);
    snprintf(options, sizeof options, "-image 5 -rows 0 -label %d", labelled_net()->labels[5]);
    unsigned char *named = draw_sheet(&r, "complete", labelled_net()->data, options, &w);
    assert_memory_equal(own, named, w * HEIGHT);
    snprintf(options, sizeof options, "-image 5 -rows 0 -label %d", (labelled_net()->labels[5] + 1) % CLASSES);
    unsigned char *other = draw_sheet(&r, "complete", labelled_net()->data, options, &w);
    assert_true(memcmp(own, other, w * HEIGHT) != 0);
    free(own);
    free(named);
    free(other);
}

static void a_folder_of_pictures_is_completed(void **state)
{
    (void)state;
    unsigned char keep[VALUES] = {0};
    int w;
    char folder[256], file[300];
    snprintf(folder, sizeof folder, "%s", scratch("houses"));
    mkdir(folder, 0777);
    for (int i = 0; i < 3; ++i) {
        snprintf(file, sizeof file, "%s/%d.png", folder, i);
        write_grey_png(file, WIDTH, HEIGHT, labelled_net()->pixels[i]);
    }
    memset(keep, 1, WIDTH);
    unsigned char *shown = draw_sheet(&r, "complete", folder, "-image 1 -images 2 -rows 1 -n 2 -temp 2", &w);
    for (int i = 0; i < 2; ++i) is_completed(shown, w, i, 2, 1 + i, keep);
    assert_non_null(strstr(r.out, "4 images of 5 x 6, given rows 1, label each in turn, "));
    free(shown);
}

/* ---- reports ---- */

static uint32_t big_endian(const unsigned char *b) { return (uint32_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3]; }

/* The text of the only tEXt chunk, behind its keyword; every chunk's CRC is right and the last one is
   IEND. */
static char *text_of(const char *path)
{
    static char text[4096];
    size_t bytes, at = 8, chunks = 0;
    unsigned char *png = (unsigned char *)read_whole(path, &bytes);
    while (at < bytes) {
        uint32_t n = big_endian(png + at);
        const unsigned char *type = png + at + 4;
        assert_true(at + 12 + n <= bytes);
        assert_int_equal(big_endian(type + 4 + n), crc32(0, type, 4 + n));
        if (!memcmp(type, "tEXt", 4)) {
            ++chunks;
            assert_memory_equal(type + 4, "parameters", sizeof "parameters");
            snprintf(text, sizeof text, "%.*s", (int)(n - 11), (const char *)type + 15);
        }
        at += 12 + n;
        if (at == bytes) assert_memory_equal(type, "IEND", 4);
    }
    assert_int_equal(chunks, 1);
    free(png);
    return text;
}

static void pictures_record_how_they_were_drawn(void **state)
{
    (void)state;
    int w;
    free(draw_sheet(&r, "sample", "", "-label 1 -seed 7 -temp 0.5 -guidance 1.5 -n 2", &w));
    assert_string_equal(text_of(scratch("drawn.png")),
                        "command: pixelcnn sample\nseed: 7\nlabel: 1\ntemperature: 0.5\nguidance: 1.5\n"
                        "weights: shades_final.weights");
    free(draw_sheet(&r, "complete", labelled_net()->data, "-rows 2", &w));
    assert_string_equal(text_of(scratch("drawn.png")),
                        "command: pixelcnn complete\nseed: 0\nlabel: the image's\ntemperature: 1\nguidance: 0\n"
                        "weights: shades_final.weights\ngiven: rows 2");
    unsigned char white[VALUES];
    char options[600], wanted[300];
    memset(white, 255, VALUES);
    write_grey_png(scratch("m\303\244\001.png"), WIDTH, HEIGHT, white);
    snprintf(options, sizeof options, "-mask %s", scratch("m\303\244\001.png"));
    free(draw_sheet(&r, "complete", picture_of(1), options, &w));
    snprintf(wanted, sizeof wanted, "\ngiven: mask %s", scratch("m??\\x01.png"));
    const char *given = strstr(text_of(scratch("drawn.png")), "\ngiven");
    assert_non_null(given);
    assert_string_equal(given, wanted);
}

static void figures_as_json(void **state)
{
    (void)state;
    int w;
    free(draw_sheet(&r, "sample", "", "-label 2 -seed 3 -n 5 -temp 1 -json", &w));
    assert_int_equal(number_in(r.out, "images"), 5);
    assert_int_equal(number_in(r.out, "width"), WIDTH);
    assert_int_equal(number_in(r.out, "height"), HEIGHT);
    assert_int_equal(number_in(r.out, "seed"), 3);
    assert_true(number_in(r.out, "temperature") == 1 && number_in(r.out, "guidance") == 0);
    assert_true(number_in(r.out, "seconds") >= 0 && number_in(r.out, "nats_per_image") > 0);
    assert_non_null(strstr(r.out, "\"label\": \"2\""));
    free(draw_sheet(&r, "sample", "", "-json -temp 0", &w));
    assert_true(number_in(r.out, "nats_per_image") == 0);
    assert_non_null(strstr(r.out, "\"label\": \"each in turn\""));
    const labelled *l = labelled_net();
    run_command(&r, "%s pixelcnn complete %s %s %s -json -out '%s'", darknet(), l->cfg, l->weights, l->data,
                scratch("a\"b\\c\n.png"));
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "/a\\\"b\\\\c\\u000a.png\", \"images\": 8,"));
    assert_non_null(strstr(r.out, "\"given\": \"rows 3\""));
}

/* The nats that a drawn image was drawn with are those that its likelihood is. */
static void nats_are_the_images_likelihood(void **state)
{
    (void)state;
    const labelled *l = labelled_net();
    int w;
    static const unsigned char label = 1;
    unsigned char *image = draw_sheet(&r, "sample", "", "-label 1 -n 1 -seed 4 -json", &w);
    double nats = number_in(r.out, "nats_per_image");
    write_test_set(scratch("one"), 1, image, &label);
    run_command(&r, "%s pixelcnn eval %s %s %s -json", darknet(), l->cfg, l->weights, scratch("one"));
    assert_float_equal(number_in(r.out, "nats_per_image"), nats, 1e-3);
    free(image);
}

TEST_MAIN(cmocka_unit_test(given_rows_stay), cmocka_unit_test(nothing_given_is_sample),
          cmocka_unit_test(masks_keep_what_is_white), cmocka_unit_test(test_images_have_their_label),
          cmocka_unit_test(a_folder_of_pictures_is_completed), cmocka_unit_test(pictures_record_how_they_were_drawn),
          cmocka_unit_test(figures_as_json), cmocka_unit_test(nats_are_the_images_likelihood))
