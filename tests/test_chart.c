/*
test_chart.c - the chart of a training run.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "pixelcnn/watch/chart.h"
#include "tests/picture_files.h"
#include "tests/training.h"

static run_result r;

enum { CHART_WIDTH = 1200, CHART_HEIGHT = 640 };
static unsigned char chart_pixels[3][CHART_HEIGHT][CHART_WIDTH];

static void long_runs_take_no_more_memory(void **state)
{
    (void)state;
    static curves c;
    static double smooth[CURVE_BINS], coarse[CURVE_BINS];
    begin_curves(&c);
    for (int i = 1; i <= 100000; ++i) {
        add_iteration(&c, i, i <= 50000 ? 2 : 1, i * 1e-6);
        if (i % 30000 == 0) add_validation(&c, i, .5 + i * 1e-6);
    }
    assert_int_equal(c.stride, 64);
    assert_int_equal(c.first, 0);
    assert_int_equal(c.end, (100000 + 63) / 64);
    double n = 0, sum = 0;
    size_t validations = 0;
    for (int i = 0; i < c.end; ++i) {
        n += c.bin[i].n;
        sum += c.bin[i].sum;
        validations += c.bin[i].validated;
        if (c.bin[i].validated) assert_float_equal(c.bin[i].validation, .5 + c.bin[i].validated * 1e-6, 1e-6);
    }
    assert_true(n == 100000 && sum == 150000);
    assert_int_equal(validations, 180000);
    assert_float_equal(c.bin[10].rate, 11 * 64e-6, 1e-9);
    smooth_curve(&c, smooth);
    assert_true(smooth[0] == 2 && smooth[c.end - 1] == 1);
    assert_float_equal(smooth[50000 / 64], 1.5, .05);
    assert_int_equal(coarse_curve(&c, 4, coarse), (c.end + 3) / 4);
    assert_true(coarse[0] == 2 && coarse[300] == 1);
}

static void read_chart(const char *file) { read_png_planes(file, CHART_HEIGHT, CHART_WIDTH, &chart_pixels[0][0][0]); }

static int is_near(int y, int x, const int *rgb)
{
    int far = 0;
    for (int k = 0; k < 3; ++k) far += abs(chart_pixels[k][y][x] - rgb[k]) > 12;
    return !far;
}

/* Columns of the plot that hold the colour, and the mean row of it. */
static int find_colour(const int *rgb, double *row)
{
    int columns = 0, n = 0;
    *row = 0;
    for (int x = 96; x < 1090; ++x) {
        int here = 0;
        for (int y = 96; y < 569; ++y)
            if (is_near(y, x, rgb)) {
                *row += y;
                ++here;
            }
        columns += here > 0;
        n += here;
    }
    *row /= n ? n : 1;
    return columns;
}

static void the_chart_shows_what_was(void **state)
{
    (void)state;
    static curves c;
    static const int blue[] = {41, 110, 181}, red[] = {214, 69, 64}, dark[] = {22, 24, 29}, white[] = {255, 255, 255};
    static charts drawn;
    double training, validation;
    const char *file = scratch("chart.png");
    begin_curves(&c);
    for (int i = 1; i <= 200; ++i) add_iteration(&c, i, 1, .001);
    for (int i = 50; i <= 200; i += 50) add_validation(&c, i, 2);
    const chart_picture *p = chart_of(&drawn, &c, "a net", CHART_WIDE, CHART_LIGHT);
    write_file(file, p->png, p->bytes);
    read_chart(file);
    assert_true(is_near(2, 2, white));
    assert_true(find_colour(blue, &training) > 950);          // from side to side
    assert_in_range(find_colour(red, &validation), 700, 760); // three quarters
    /* 1 and 2 with 7 % of air above and below */
    assert_float_equal(training, 96 + 474 * (1 - .07 / 1.14), 2);
    assert_float_equal(validation, 96 + 474 * .07 / 1.14, 2);
    p = chart_of(&drawn, &c, "a net", CHART_WIDE, CHART_DARK);
    write_file(file, p->png, p->bytes);
    read_chart(file);
    assert_true(is_near(2, 2, dark));
    assert_int_equal(find_colour(blue, &training), 0);
    forget_charts(&drawn);
}

/* A chart is drawn again only if something was added. */
static void a_chart_is_drawn_once(void **state)
{
    (void)state;
    static curves c;
    static charts drawn;
    begin_curves(&c);
    for (int i = 1; i <= 3; ++i) add_iteration(&c, i, 1, .001);
    const unsigned char *wide = chart_of(&drawn, &c, "a", CHART_WIDE, CHART_LIGHT)->png;
    const unsigned char *narrow = chart_of(&drawn, &c, "a", CHART_NARROW, CHART_LIGHT)->png;
    assert_ptr_equal(chart_of(&drawn, &c, "a", CHART_WIDE, CHART_LIGHT)->png, wide);
    assert_ptr_equal(chart_of(&drawn, &c, "a", CHART_NARROW, CHART_LIGHT)->png, narrow);
    size_t before = drawn.of[CHART_WIDE][CHART_LIGHT].bytes;
    add_iteration(&c, 4, 1.5, .001);
    assert_int_not_equal(chart_of(&drawn, &c, "a", CHART_WIDE, CHART_LIGHT)->bytes, before);
    assert_null(drawn.of[CHART_NARROW][CHART_LIGHT].png);
    forget_charts(&drawn);
}

/* The light chart of a run with a validation after each quarter, as R, G, B planes. Free them. */
static unsigned char *narrow_planes(const char *title, int best, int iterations)
{
    static curves c;
    static charts drawn;
    enum { W = 720, H = 840 };
    const char *file = scratch("narrow.png");
    unsigned char *planes = checked_malloc(3 * W * H);
    begin_curves(&c);
    for (int i = 1; i <= iterations; ++i) add_iteration(&c, i, 1, .001);
    for (int i = iterations / 4; i <= iterations; i += iterations / 4) add_validation(&c, i, 2);
    c.best = best;
    const chart_picture *p = chart_of(&drawn, &c, title, CHART_NARROW, CHART_LIGHT);
    write_file(file, p->png, p->bytes);
    forget_charts(&drawn);
    read_png_planes(file, H, W, planes);
    return planes;
}

/* Grid lines all have the same colour in each of their pixels: none is spread over two. */
static void grid_lines_are_even(void **state)
{
    (void)state;
    enum { W = 720, H = 840, LEFT = 116, TOP = 206, INSIDE = 60 };
    unsigned char *planes = narrow_planes("a net", -1, 200);
    int lines = 0, grid = 230; // .9
    for (int y = TOP + 1; y < H - 101; ++y) {
        int red = planes[y * W + LEFT + 5];
        assert_true(red == 255 || abs(red - grid) <= 1 || abs(red - 41) < 200); // paper, grid, or a curve
        lines += abs(red - grid) <= 1 && planes[(y - 1) * W + LEFT + 5] == 255 && planes[(y + 1) * W + LEFT + 5] == 255;
    }
    assert_true(lines >= 3);
    free(planes);
}

/* "means of 3 iterations" and "training, smoothed" share a row, which begins with a line of the training's colour. */
static void the_legend_is_inside(void **state)
{
    (void)state;
    enum { W = 720, H = 840, ROW_TOP = 120, ROW_BOTTOM = 142, SAMPLE = 44 };
    unsigned char *planes = narrow_planes("a net", -1, 1200);
    int longest = 0;
    for (int y = ROW_TOP; y < ROW_BOTTOM; ++y)
        for (int x = 0, n = 0; x < W / 2; ++x) {
            const unsigned char *p = planes + y * W + x;
            n = p[2 * W * H] > p[0] + 100 ? n + 1 : 0; // blue beyond red
            if (n > longest) longest = n;
        }
    assert_in_range(longest, SAMPLE - 2, SAMPLE + 2);
    free(planes);
}

/* The lowest validation is the one on all held-out images; titles may be long or not UTF-8. */
static void the_lowest_validation_is_labelled(void **state)
{
    (void)state;
    unsigned char *without = narrow_planes("a", -1, 200), *with = narrow_planes("a", 1, 200);
    assert_memory_not_equal(without, with, 3 * 720 * 840);
    free(without);
    free(with);
}

/* Pixels in which the folder's chart differs from that of the pixels read before. */
static int differing(const char *folder)
{
    static unsigned char before[sizeof chart_pixels];
    char file[300];
    int n = 0;
    memcpy(before, chart_pixels, sizeof before);
    snprintf(file, sizeof file, "%s/chart.png", folder);
    read_chart(file);
    for (size_t i = 0; i < sizeof before; ++i) n += abs((&chart_pixels[0][0][0])[i] - before[i]) > 8;
    return n;
}

static void the_chart_continues_after_a_resume(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("charted"));
    train_part(&r, folder, 12, "");
    assert_int_equal(r.status, 0);
    assert_true(differing(folder) > 1000); // from an empty one
    resume_training(&r, folder, "");
    assert_int_equal(r.status, 0);
    assert_true(differing(folder) > 1000); // from the first part
    strcpy(folder, fresh_folder("in-one"));
    resume_training(&r, folder, "");
    assert_int_equal(differing(folder), 0);
}

/* Cairo takes UTF-8 alone. */
static void the_chart_is_drawn_under_any_name(void **state)
{
    (void)state;
    char folder[256], file[300];
    strcpy(folder, fresh_folder("named"));
    run_command(&r, "mkdir %s; cp %s %s/$(printf 'n\\351').cfg; %s pixelcnn train %s/*.cfg %s -backup %s", folder,
                tiny_cfg(), folder, darknet(), folder, tiny_data(), folder);
    assert_int_equal(r.status, 0);
    snprintf(file, sizeof file, "%s/chart.png", folder);
    read_chart(file);
    int inked = 0;
    for (int y = CHART_HEIGHT - 30; y < CHART_HEIGHT; ++y) // the word below the axis
        for (int x = 0; x < CHART_WIDTH; ++x) inked += chart_pixels[0][y][x] < 128;
    assert_true(inked > 50);
}

/* ---- preview ---- */

/* chafa is searched for in a single folder. */
static void draw_with_preview(const char *command, const char *input, const char *path)
{
    static char folder[256];
    if (!folder[0]) {
        strcpy(folder, fresh_folder("drawing"));
        resume_training(&r, folder, "");
    }
    run_command(&r, "PATH=%s %s pixelcnn %s %s %s/tiny_final.weights %s -out %s/d.png -preview", path, darknet(),
                command, tiny_cfg(), folder, input, folder);
}

static void make_chafa(const char *folder, const char *script)
{
    char file[300];
    run_command(&r, "mkdir %s", folder);
    snprintf(file, sizeof file, "%s/chafa", folder);
    write_text(file, script);
    run_command(&r, "chmod +x %s", file);
}

static void a_preview_is_shown_where_it_can(void **state)
{
    (void)state;
    char shows[256], fails[256];
    strcpy(shows, fresh_folder("shows"));
    strcpy(fails, fresh_folder("fails"));
    make_chafa(shows, "#!/bin/sh\n[ -s \"$2\" ] && echo \"shown: $*\"\n");
    make_chafa(fails, "#!/bin/sh\nexit 3\n");
    draw_with_preview("sample", "-n 2 -json", shows);
    assert_int_equal(r.status, 0);
    assert_ptr_equal(strstr(r.err, "shown: -- /"), r.err);
    assert_null(strstr(r.out, "shown"));
    draw_with_preview("sample", "-n 2", fails);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "-preview: chafa cannot show"));
    draw_with_preview("sample", "-n 2", "/nowhere");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "apt-get install chafa"));
    char input[300];
    snprintf(input, sizeof input, "%s -n 2", tiny_data());
    draw_with_preview("complete", input, shows);
    assert_int_equal(r.status, 0);
    assert_ptr_equal(strstr(r.err, "shown: -- /"), r.err);
}

TEST_MAIN(cmocka_unit_test(a_chart_is_drawn_once), cmocka_unit_test(grid_lines_are_even),
          cmocka_unit_test(the_legend_is_inside), cmocka_unit_test(the_lowest_validation_is_labelled),
          cmocka_unit_test(a_preview_is_shown_where_it_can), cmocka_unit_test(long_runs_take_no_more_memory),
          cmocka_unit_test(the_chart_shows_what_was), cmocka_unit_test(the_chart_continues_after_a_resume),
          cmocka_unit_test(the_chart_is_drawn_under_any_name))
