/*
test_captions.c - names of classes on sheets: where they are, and that the images stay as they are.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pixelcnn/pictures/caption.h"
#include "tests/labelled.h"

static run_result r;

enum { SCALE = 4, GAP = 2, SIDE = WIDTH * SCALE, HIGH = HEIGHT * SCALE };

/* What `sample` draws, enlarged. */
static unsigned char *draw(const char *options, int *w, int *h)
{
    const labelled *l = labelled_net();
    char file[256];
    strcpy(file, scratch("sheet.png"));
    run_command(&r, "%s pixelcnn sample %s %s %s -scale %d -out %s", darknet(), l->cfg, l->weights, options, SCALE,
                file);
    if (r.status) fail_msg("%s: %s", options, r.err);
    return read_grey_png(file, w, h);
}

static void name_classes(const char *names)
{
    labelled_net();
    write_text(scratch("shades.names"), names);
}

/* The number of black pixels in a part of a picture that has no images. */
static int ink(const unsigned char *x, int w, int top, int end, int left, int right)
{
    int n = 0;
    for (int y = top; y < end; ++y)
        for (int c = left; c < right; ++c) n += x[y * w + c] == 0;
    return n;
}

static void rows_of_a_class_have_its_name_at_their_left(void **state)
{
    (void)state;
    int w, h, plain_w, plain_h;
    name_classes("i\nb\nW\n");
    unsigned char *plain = draw("-label all -n 3 -captions off", &plain_w, &plain_h);
    assert_int_equal(plain_w, 3 * SIDE + 2 * GAP);
    assert_int_equal(plain_h, 3 * HIGH + 2 * GAP);
    unsigned char *named = draw("-label all -n 3", &w, &h);
    int left = w - plain_w, dots[3];
    assert_int_equal(h, plain_h);
    assert_int_equal(left, caption_width("W") + 4);
    for (int y = 0; y < h; ++y) assert_memory_equal(named + y * w + left, plain + y * plain_w, plain_w);
    for (int k = 0; k < 3; ++k) dots[k] = ink(named, w, k * (HIGH + GAP), k * (HIGH + GAP) + HIGH, 0, left);
    assert_true(dots[0] > 4 && dots[1] > dots[0] && dots[2] > dots[1]);
    free(plain);
    free(named);
    named = draw("-label W -n 6", &w, &h); // two rows of one class: once
    assert_true(ink(named, w, 0, HIGH, 0, left) == dots[2] && !ink(named, w, HIGH, h, 0, left));
    free(named);
}

static void classes_in_turn_have_their_names_below(void **state)
{
    (void)state;
    int w, h, plain_w, plain_h, strip = CAPTION_ROWS + 1;
    name_classes("i\nb\nW\n");
    unsigned char *plain = draw("-n 4 -captions off", &plain_w, &plain_h), *named = draw("-n 4", &w, &h);
    assert_int_equal(w, plain_w);
    assert_int_equal(h, plain_h + 2 * strip);
    for (int y = 0; y < HIGH; ++y) assert_memory_equal(named + y * w, plain + y * w, w);
    for (int y = 0; y < HIGH; ++y)
        assert_memory_equal(named + (y + HIGH + strip + GAP) * w, plain + (y + HIGH + GAP) * w, w);
    int i = ink(named, w, HIGH, HIGH + strip, 0, SIDE), b = ink(named, w, HIGH, HIGH + strip, SIDE + GAP, w);
    assert_true(i > 4 && b > i);
    assert_true(ink(named, w, 2 * HIGH + strip + GAP, h, 0, SIDE) > b);
    assert_int_equal(ink(named, w, 2 * HIGH + strip + GAP, h, SIDE + GAP, w),
                     i); // the fourth image is of class 0 again
    free(plain);
    free(named);
    free(draw("-n 1 -label W", &w, &h)); // a single image stays as it is
    assert_true(w == SIDE && h == HIGH);
}

/* The first two images of a row are of no class; here all others are of one. */
static void completions_have_names_too(void **state)
{
    (void)state;
    const labelled *l = labelled_net();
    int w, h;
    char file[256];
    name_classes("i\nb\nW\n");
    strcpy(file, scratch("completed.png"));
    run_command(&r, "%s pixelcnn complete %s %s %s -n 2 -images 2 -scale 4 -out %s -json", darknet(), l->cfg,
                l->weights, l->data, file);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "\"label_names\": [\"b\"]"));
    unsigned char *x = read_grey_png(file, &w, &h);
    assert_int_equal(w, 4 * SIDE + 3 * GAP + caption_width("b") + 4);
    assert_true(ink(x, w, 0, HIGH, 0, caption_width("b") + 4) > 4);
    free(x);
}

/* Digits as names say nothing new; numbers, where asked for. */
static void numbers_are_captions_on_request(void **state)
{
    (void)state;
    int w, h, plain_w;
    for (int named = 0; named < 2; ++named) {
        if (named)
            name_classes("0\n1\n2\n");
        else
            remove(scratch("shades.names"));
        free(draw("-label all -n 2", &plain_w, &h));
        assert_int_equal(plain_w, 2 * SIDE + GAP);
        free(draw("-label all -n 2 -captions on", &w, &h));
        assert_int_equal(w, plain_w + caption_width("0") + 4);
    }
    name_classes("\xe7\x8c\xab\ndog\nhen\n"); // a character that the font lacks
    free(draw("-label 0 -n 2", &w, &h));
    assert_int_equal(w, plain_w + caption_width("0") + 4);
    run_command(&r, "%s pixelcnn sample %s %s -captions no -out %s", darknet(), labelled_net()->cfg,
                labelled_net()->weights, scratch("x.png"));
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "-captions no: expected auto|on|off"));
}

static void letters_are_counted_and_cut(void **state)
{
    (void)state;
    enum { W = 40, H = 20 };
    static unsigned char canvas[H * W];
    assert_int_equal(caption_width(""), 0);
    assert_int_equal(caption_width("i"), 1);
    assert_int_equal(caption_width("H"), 5);
    assert_int_equal(caption_width("Hi"), 7);
    assert_int_equal(caption_width("\xc3\x84\xc3\xb6"), caption_width("Ao")); // without the dots
    assert_true(is_caption("Ankle boot") && is_caption("\xc5\x81\xc3\xb3"
                                                       "d\xc5\xba"));
    assert_false(is_caption("\xe7\x8c\xab"));
    assert_false(is_caption("a\nb"));
    for (int scale = 1; scale < 3; ++scale) {
        memset(canvas, 160, sizeof canvas);
        draw_caption((caption_place){canvas, W, 1, 1, 3, 30, scale}, "Wheelbarrow");
        int inside = ink(canvas, W, 1, 1 + CAPTION_ROWS * scale, 3, 33);
        assert_true(inside > 10);
        assert_int_equal(inside, ink(canvas, W, 0, H, 0, W));
    }
    memset(canvas, 160, sizeof canvas);
    draw_caption((caption_place){canvas, W, 1, 0, 0, W, 1}, "I");
    assert_int_equal(ink(canvas, W, 0, H, 0, W), 3 + 5 + 3);
}

TEST_MAIN(cmocka_unit_test(rows_of_a_class_have_its_name_at_their_left),
          cmocka_unit_test(classes_in_turn_have_their_names_below), cmocka_unit_test(completions_have_names_too),
          cmocka_unit_test(numbers_are_captions_on_request), cmocka_unit_test(letters_are_counted_and_cut))
