/*
test_animation.c - the GIFs that sample and complete write: frames and colours.
*/
#include <stdlib.h>
#include <string.h>
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_GIF // no other format is read by stb_image
#include <stb/stb_image.h>
#include "base/random.h"
#include "pixelcnn/pictures/animation.h"
#include "tests/labelled.h"

enum { GREY = 128 };

static run_result r;

typedef struct {
    int w, h, frames, *delays; // in milliseconds
    unsigned char *rgba;       // (frames,h,w,4)
} animation;

static animation read_gif(const char *path)
{
    size_t bytes;
    int channels;
    animation a;
    unsigned char *file = (unsigned char *)read_whole(path, &bytes);
    assert_memory_equal(file, "GIF89a", 6);
    assert_int_equal(file[bytes - 1], ';');
    a.rgba = stbi_load_gif_from_memory(file, bytes, &a.delays, &a.w, &a.h, &a.frames, &channels, 4);
    if (!a.rgba) fail_msg("%s: %s", path, stbi_failure_reason());
    free(file);
    return a;
}

static void samples_are_drawn_row_by_row(void **state)
{
    (void)state;
    char options[300];
    int w;
    snprintf(options, sizeof options, "-n 4 -scale 2 -gif %s", scratch("drawn.gif"));
    unsigned char *shown = draw_sheet(&r, "sample", "", options, &w);
    animation a = read_gif(scratch("drawn.gif"));
    assert_int_equal(a.w, w);
    assert_int_equal(a.frames, HEIGHT + 1);
    for (int f = 0; f < a.frames; ++f) {
        assert_int_equal(a.delays[f], f < HEIGHT ? 100 : 2000);
        for (int i = 0; i < a.h * a.w; ++i) {
            int row = i / a.w % (2 * HEIGHT + 2), column = i % a.w % (2 * WIDTH + 2);
            int image = row < 2 * HEIGHT && column < 2 * WIDTH;
            const unsigned char *pixel = a.rgba + 4 * ((size_t)f * a.h * a.w + i);
            assert_int_equal(pixel[0], image && row / 2 >= f ? GREY : shown[i]);
            assert_true(pixel[0] == pixel[1] && pixel[1] == pixel[2] && pixel[3] == 255);
        }
    }
    free(a.rgba);
    free(a.delays);
    free(shown);
}

/* Every frame has the original, the given part, and the given pixels of the completions. */
static void completions_are_drawn_row_by_row(void **state)
{
    (void)state;
    unsigned char mask[VALUES];
    char options[600];
    int w;
    for (int p = 0; p < VALUES; ++p) mask[p] = p % WIDTH ? 0 : 255; // the first column is given
    write_grey_png(scratch("hole.png"), WIDTH, HEIGHT, mask);
    snprintf(options, sizeof options, "-mask %s -n 3 -gif %s", scratch("hole.png"), scratch("drawn.gif"));
    unsigned char *shown = draw_sheet(&r, "complete", picture_of(3), options, &w);
    animation a = read_gif(scratch("drawn.gif"));
    assert_int_equal(a.frames, HEIGHT + 1);
    assert_true(a.w == w && a.h == HEIGHT);
    for (int f = 0; f < a.frames; ++f)
        for (int i = 0; i < w * HEIGHT; ++i) {
            int image = i % w / (WIDTH + 2), column = i % w % (WIDTH + 2);
            int drawn_later = image >= 2 && column > 0 && column < WIDTH && i / w >= f;
            assert_int_equal(a.rgba[4 * ((size_t)f * w * HEIGHT + i)], drawn_later ? GREY : shown[i]);
        }
    free(a.rgba);
    free(a.delays);
    free(shown);
}

/* Nothing happens in rows that are given, so the first frame is the one before the first pixel is drawn. */
static void animations_start_where_drawing_starts(void **state)
{
    (void)state;
    char options[300];
    int w;
    for (int rows = 2; rows <= HEIGHT; rows += 2) {
        snprintf(options, sizeof options, "-rows %d -n 3 -gif %s", rows, scratch("drawn.gif"));
        unsigned char *shown = draw_sheet(&r, "complete", picture_of(3), options, &w);
        animation a = read_gif(scratch("drawn.gif"));
        assert_int_equal(a.frames, HEIGHT - rows + 1);
        assert_int_equal(a.delays[a.frames - 1], 2000);
        for (int i = 0; i < w * HEIGHT; ++i) {
            int image = i % w / (WIDTH + 2), column = i % w % (WIDTH + 2);
            int drawn_later = image >= 2 && column < WIDTH && i / w >= rows;
            assert_int_equal(a.rgba[4 * i], drawn_later ? GREY : shown[i]);
        }
        free(a.rgba);
        free(a.delays);
        free(shown);
    }
}

/* The squared error per value of the first image in the last frame of an animation of 3 images (3,40,30). */
static double error_of_gif(const unsigned char *bytes)
{
    sheet s = {.n = 3, .c = 3, .h = 40, .w = 30, .levels = 256, .columns = 2, .scale = 1, .text = "how"};
    write_animation(scratch("colour.gif"), s, bytes, 0);
    animation a = read_gif(scratch("colour.gif"));
    assert_int_equal(a.frames, 41);
    double sum = 0;
    for (int i = 0; i < 3600; ++i) {
        int at = i % 1200 / 30 * a.w + i % 30, d = a.rgba[4 * ((size_t)40 * a.h * a.w + at) + i / 1200] - bytes[i];
        sum += d * d;
    }
    assert_int_equal(a.rgba[4 * (a.h * a.w - 1)], 160); // paper, where a fourth image would be
    free(a.rgba);
    free(a.delays);
    return sum / 3600;
}

/* Colours are exact while there are at most 256 with grey and paper; of more, a palette of the picture's own
   is close. */
static void animations_have_the_pictures_colours(void **state)
{
    (void)state;
    static unsigned char x[3 * 3600];
    for (int colours = 2; colours <= 254; colours += 126) {
        for (int i = 0; i < 3 * 3600; ++i)
            x[i] = random_bits(colours, STREAM_SAMPLE, i / 1200 % 3,
                               random_bits(1, STREAM_SAMPLE, 0, i % 1200) % colours);
        assert_true(error_of_gif(x) == 0);
    }
    for (int i = 0; i < 3 * 3600; ++i) x[i] = random_bits(1, STREAM_SAMPLE, 0, i); // the cube, evenly
    assert_true(error_of_gif(x) < 200);                                            // 6 steps a colour: 217
    for (int i = 0; i < 3 * 3600; ++i)
        x[i] = 100 + i % 1200 / 30 + i / 1200 % 3 * (i % 30); // a photograph's small range
    assert_true(error_of_gif(x) < 6);
}

TEST_MAIN(cmocka_unit_test(samples_are_drawn_row_by_row), cmocka_unit_test(completions_are_drawn_row_by_row),
          cmocka_unit_test(animations_start_where_drawing_starts),
          cmocka_unit_test(animations_have_the_pictures_colours))
