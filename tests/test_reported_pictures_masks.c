/*
test_reported_pictures_masks.c - regression tests of reported bugs: masks.
*/
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "pixelcnn/pictures/sheet.h"
#include "tests/picture_files.h"
#include "tests/refused.h"

enum { H = 6, W = 5, N = H * W, CHANNELS = 4 };
#define COMPLETE "pixelcnn complete $CFG $WEIGHTS $PNG -label 1 -n 1 -scale 1 -mask $MASK -out "

static run_result r;

/* $PNG, an image without a value that a sheet has for what is not given. */
static void need_image(void)
{
    unsigned char x[N];
    need_world();
    setenv("PNG", scratch("image.png"), 1);
    setenv("MASK", scratch("mask.png"), 1);
    memset(x, 255, sizeof x);
    write_png_file(path_of("PNG"), (picture_file){W, H, 1, .depth = 8}, x);
}

/* Which pixels complete takes for given: 1 in `given`. Returns what it says. */
static const char *look(unsigned char *given)
{
    int w, h, c;
    run_command(&r, "$DARKNET " COMPLETE "$SCRATCH/seen.png");
    if (r.status) fail_msg("%s", r.err);
    unsigned char *drawn = read_png_file(scratch("seen.png"), &w, &h, &c);
    for (int i = 0; i < N; ++i) given[i] = drawn[i / W * w + W + 2 + i % W] != SHEET_GREY;
    free(drawn);
    return r.err;
}

static void is_given(const char *mask, const char *what)
{
    unsigned char given[N];
    const char *said = look(given);
    if (!holds(said, what)) fail_msg("expected: %s\n    got: %s", what, said);
    for (int i = 0; i < N; ++i) assert_int_equal(given[i], mask[i] == '#');
}

/* The upper half but for a hole. */
static const char upper[] = "#######.#######...............";

static void masks_of_zeros_and_ones(void **state)
{
    (void)state;
    unsigned char x[3 * N];
    uint16_t words[N];
    need_image();
    for (int i = 0; i < N; ++i) x[3 * i] = x[3 * i + 1] = x[3 * i + 2] = words[i] = upper[i] == '#';
    write_png_file(path_of("MASK"), (picture_file){W, H, 3, .depth = 8}, x);
    is_given(upper, "");
    write_png_file(path_of("MASK"), (picture_file){W, H, 1, .depth = 16}, words);
    is_given(upper, "");
    for (int i = 0; i < N; ++i) x[i] = upper[i] == '#';
    write_png_file(path_of("MASK"), (picture_file){W, H, 1, .depth = 8}, x);
    is_given(upper, "");
    write_png_file(path_of("MASK"), (picture_file){W, H, 1, .depth = 1}, x);
    is_given(upper, "");
}

/* An image with a hole, as a drawing program saves it; and one light colour. */
static void masks_in_the_alpha_channel(void **state)
{
    (void)state;
    unsigned char x[CHANNELS * N];
    need_image();
    for (int light = 0; light < 2; ++light) {
        for (int i = 0; i < N; ++i)
            for (int k = 0; k < CHANNELS; ++k)
                x[CHANNELS * i + k] = k == 3 ? (upper[i] == '#' ? 255 : 0) : light ? 255 : 20 + 9 * i % 200;
        write_png_file(path_of("MASK"), (picture_file){W, H, CHANNELS, .depth = 8}, x);
        is_given(upper, "mask.png: using the alpha channel as the mask: opaque is given, transparent is drawn");
    }
}

static void masks_that_may_mean_either_are_refused(void **state)
{
    (void)state;
    unsigned char x[CHANNELS * N] = {0};
    need_image();
    for (int i = 0; i < N; ++i) x[CHANNELS * i + 3] = upper[i] == '#' ? 255 : 0;
    write_png_file(path_of("MASK"), (picture_file){W, H, CHANNELS, .depth = 8}, x);
    refused(0, COMPLETE "$OUT/x.png", "mask.png: a mask of black on a transparent ground & save it without alpha");
    for (int k = 0; k < 3; ++k) x[k] = 255;
    write_png_file(path_of("MASK"), (picture_file){W, H, CHANNELS, .depth = 8}, x);
    refused(0, COMPLETE "$OUT/x.png", "mask.png: a mask of black and white on a transparent ground");
    memset(x, 0, sizeof x);
    write_png_file(path_of("MASK"), (picture_file){W, H, CHANNELS, .depth = 8}, x);
    refused(0, COMPLETE "$OUT/x.png", "mask.png: the whole mask is transparent");
    for (int i = 0; i < N; ++i) x[i] = i % 3;
    write_png_file(path_of("MASK"), (picture_file){W, H, 1, .depth = 8}, x);
    refused(0, COMPLETE "$OUT/x.png", "mask.png: a mask with values from 0 to 2 & 255 (given), or 0 and 1");
    report();
}

TEST_MAIN(cmocka_unit_test(masks_of_zeros_and_ones), cmocka_unit_test(masks_in_the_alpha_channel),
          cmocka_unit_test(masks_that_may_mean_either_are_refused))
