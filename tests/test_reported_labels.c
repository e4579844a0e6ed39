/*
test_reported_labels.c - regression tests of reported bugs: labels, guidance and temperature of the commands.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "tests/labelled.h"
#include "tests/refused.h"

#define PICTURE "$DARKNET pixelcnn sample $CFG $WEIGHTS -label 1 -n 1 -out $SCRATCH/p.png >/dev/null 2>&1;"
#define HOW "train with dropout=0.1"

static run_result r;

static void run(const char *command) { run_to_status(&r, 0, command); }

/* ---- no label ---- */

static void a_net_without_dropout_knows_no_image_without_label(void **state)
{
    (void)state;
    need_world();
    refused(0, SAMPLE " -label none", "-label none: & dropout=0 & give a class, or " HOW);
    refused(0, SAMPLE " -label 1 -guidance 1", "pixelcnn sample: -guidance 1: & dropout=0 & " HOW);
    refused(0, SAMPLE " -guidance -1", "pixelcnn sample: -guidance -1: & dropout=0 & omit -guidance, or " HOW);
    refused(0, "pixelcnn complete $CFG $WEIGHTS $DATA -label none -out $OUT/x.png", "-label none: & " HOW);
    refused(0, "pixelcnn complete $CFG $WEIGHTS $DATA -guidance .5 -out $OUT/x.png",
            "pixelcnn complete: -guidance 0.5: & " HOW);
    refused(0, "pixelcnn score $CFG $WEIGHTS $DATA -label none", "-label none: & " HOW);
    refused(PICTURE, "pixelcnn score $CFG $WEIGHTS $SCRATCH/p.png -label none", "-label none: & " HOW);
    report();
    run("$DARKNET pixelcnn sample $DROPOUT $WEIGHTS -n 1 -label none -out $SCRATCH/x.png");
    run("$DARKNET pixelcnn sample $DROPOUT $WEIGHTS -n 1 -guidance 1 -out $SCRATCH/x.png");
    run("$DARKNET pixelcnn complete $DROPOUT $WEIGHTS $DATA -n 1 -guidance 1 -label none -out $SCRATCH/x.png");
    run("$DARKNET pixelcnn score $DROPOUT $WEIGHTS $DATA -label none");
}

/* ---- p(x) ---- */

/* The first n nats of a CSV, whose labels are all `label`. */
static void read_nats(double *nats, int n, const char *label)
{
    const char *line = strchr(r.out, '\n') + 1;
    for (int i = 0; i < n; ++i, line = strchr(line, '\n') + 1) {
        int index;
        char heard[16];
        assert_int_equal(sscanf(line, "%d,%15[^,],%lf", &index, heard, nats + i), 3);
        assert_int_equal(index, i);
        assert_string_equal(heard, label);
    }
}

enum { PICTURES = 4 };

/* Nats of some pictures that are no data set, $LOOSE, under each class, and so whatever the class. */
static void pictures_whose_class_is_not_known(double *expected)
{
    const labelled *l = labelled_net();
    double nats[PICTURES], sum[PICTURES] = {0};
    char file[300], option[16], command[512];
    need_world();
    setenv("LOOSE", scratch("loose"), 1);
    setenv("SHADES", l->cfg, 1);
    setenv("SHADES_WEIGHTS", l->weights, 1);
    setenv("SHADES_DATA", l->data, 1);
    mkdir(path_of("LOOSE"), 0777);
    for (int i = 0; i < PICTURES; ++i) {
        snprintf(file, sizeof file, "%s/%d.png", path_of("LOOSE"), i);
        write_grey_png(file, WIDTH, HEIGHT, l->pixels[i]);
    }
    for (int k = 0; k < CLASSES; ++k) {
        snprintf(option, sizeof option, "%d", k);
        snprintf(command, sizeof command, "$DARKNET pixelcnn score $SHADES $SHADES_WEIGHTS $LOOSE -label %d", k);
        run(command);
        read_nats(nats, PICTURES, option);
        for (int i = 0; i < PICTURES; ++i) sum[i] += exp(-nats[i]) / CLASSES;
    }
    for (int i = 0; i < PICTURES; ++i) expected[i] = -log(sum[i]);
}

static void pictures_without_labels_are_scored_over_all_classes(void **state)
{
    (void)state;
    double nats[PICTURES], expected[PICTURES], mean = 0;
    pictures_whose_class_is_not_known(expected);
    run("$DARKNET pixelcnn score $SHADES $SHADES_WEIGHTS $LOOSE");
    read_nats(nats, PICTURES, "all");
    for (int i = 0; i < PICTURES; ++i) assert_float_equal(nats[i], expected[i], 1e-4);
    for (int i = 0; i < PICTURES; ++i) mean += expected[i] / PICTURES;
    must_hold(r.err, "loose: no labels: p(x) is the mean of p(x | k) over 3 equally likely classes");
    run("$DARKNET pixelcnn score $SHADES $SHADES_WEIGHTS $LOOSE/2.png");
    read_nats(nats, 1, "all");
    assert_float_equal(nats[0], expected[2], 1e-4);
    run("$DARKNET pixelcnn score $SHADES $SHADES_WEIGHTS $LOOSE -json");
    must_hold(r.out, "{\"label\": \"all\", ");
    assert_float_equal(number_in(r.out, "nats_per_image"), mean, 1e-4);
    run("$DARKNET pixelcnn score $SHADES $SHADES_WEIGHTS $LOOSE -csv $SCRATCH/x.csv");
    must_hold(r.out, "label all");
    refused(0, "pixelcnn score $SHADES $SHADES_WEIGHTS $LOOSE -label given", "-label given: & loose: & have no labels");
    report();
}

/* As classify has it, whatever the batch. */
static void a_data_set_too_on_request(void **state)
{
    (void)state;
    double unused[PICTURES];
    pictures_whose_class_is_not_known(unused);
    run("$DARKNET pixelcnn classify $SHADES $SHADES_WEIGHTS $SHADES_DATA -limit 20 -json");
    double unknown = number_in(r.out, "nats_per_image");
    run("$DARKNET pixelcnn score $SHADES $SHADES_WEIGHTS $SHADES_DATA -limit 20 -json -label all -batch 7");
    assert_float_equal(number_in(r.out, "nats_per_image"), unknown, 1e-4);
    assert_int_equal(number_in(r.out, "images"), 20);
}

/* ---- what is written ---- */

/* A sheet of rows of `columns` images; free it. */
static unsigned char *drawn(const char *arguments, int *w)
{
    int h;
    char command[512];
    snprintf(command, sizeof command, "$DARKNET pixelcnn %s -scale 1 -out $SCRATCH/drawn.png", arguments);
    run(command);
    return read_grey_png(scratch("drawn.png"), w, &h);
}

static int same_image(unsigned char *a, int wa, int ya, int xa, unsigned char *b, int wb, int yb, int xb)
{
    int same = 1;
    for (int p = 0; p < VALUES; ++p)
        same &= *sheet_pixel(a, wa, ya, xa, p / WIDTH, p % WIDTH) == *sheet_pixel(b, wb, yb, xb, p / WIDTH, p % WIDTH);
    return same;
}

/* Of the trained net: nine images of each class, in rows of three. */
static unsigned char *nine_of_class(int k, int *w)
{
    char arguments[64];
    setenv("SHADES", labelled_net()->cfg, 1);
    setenv("SHADES_WEIGHTS", labelled_net()->weights, 1);
    snprintf(arguments, sizeof arguments, "sample $SHADES $SHADES_WEIGHTS -n 9 -label %d", k);
    return drawn(arguments, w);
}

static void a_list_is_classes_in_turn(void **state)
{
    (void)state;
    int w[CLASSES], wl;
    unsigned char *class[CLASSES];
    need_world();
    for (int k = 0; k < CLASSES; ++k) class[k] = nine_of_class(k, w + k);
    unsigned char *list = drawn("sample $SHADES $SHADES_WEIGHTS -n 9 -label 2,0", &wl);
    for (int i = 0; i < 9; ++i) {
        assert_true(same_image(list, wl, i / 3, i % 3, class[i % 2 ? 0 : 2], w[0], i / 3, i % 3));
        assert_false(same_image(list, wl, i / 3, i % 3, class[i % 2 ? 2 : 0], w[0], i / 3, i % 3));
    }
    free(list);
    unsigned char *mixed = drawn("sample $SHADES $SHADES_WEIGHTS -n 9 -label 2:1,0:0", &wl);
    for (int i = 0; i < 9; ++i) assert_true(same_image(mixed, wl, i / 3, i % 3, class[2], w[2], i / 3, i % 3));
    free(mixed);
    for (int k = 0; k < CLASSES; ++k) free(class[k]);
}

/* docs/using.md: completion i of any picture is of class i, modulo their number. Nothing is given, so that
   the images are those of sample, where the second picture's follow the first one's. */
static void completions_of_each_picture_start_with_class_0(void **state)
{
    (void)state;
    enum { EACH = 4 };
    int w[CLASSES], wide;
    double unused[PICTURES];
    pictures_whose_class_is_not_known(unused);
    unsigned char *class[CLASSES];
    for (int k = 0; k < CLASSES; ++k) class[k] = nine_of_class(k, w + k);
    unsigned char *sheet = drawn("complete $SHADES $SHADES_WEIGHTS $LOOSE -images 2 -rows 0 -n 4", &wide);
    for (int y = 0; y < 2; ++y)
        for (int i = 0; i < EACH; ++i) {
            int k = i % CLASSES, at = y * EACH + i;
            if (!same_image(sheet, wide, y, 2 + i, class[k], w[k], at / 3, at % 3))
                fail_msg("picture %d, completion %d is not of class %d", y, i, k);
        }
    free(sheet);
    for (int k = 0; k < CLASSES; ++k) free(class[k]);
}

static void weights_of_classes_sum_to_1(void **state)
{
    (void)state;
    need_world();
    refused(0, SAMPLE " -label 0:0.5", "-label 0:0.5: the weights sum to 0.5: expected 1");
    refused(0, SAMPLE " -label 0:0.7,1:0.7", "-label 0:0.7,1:0.7: the weights sum to 1.4: expected 1");
    refused(0, SAMPLE " -label 0:-0.5,1:1.5", "at '-0.5,1:1.5': expected a weight from 0 to 1");
    refused(0, SAMPLE " -label 0:nan", "at 'nan': expected a weight from 0 to 1");
    refused(0, SAMPLE " -label 0,1:1", "at '0,1:1': expected 0:NUMBER");
    refused(0, SAMPLE " -label 0,3", "at '3': expected a class from 0 to 2");
    refused(0, "pixelcnn score $CFG $WEIGHTS $DATA -label 0:0.5", "the weights sum to 0.5");
    report();
    run("$DARKNET pixelcnn sample $CFG $WEIGHTS -n 1 -label 0:0.333,1:0.333,2:0.333 -out $SCRATCH/x.png");
}

/* ---- temperature ---- */

/* As -temp 0, which is what a float makes of it, to the byte, and no NaN. */
static void a_tiny_temperature_is_0(void **state)
{
    (void)state;
    static const char *const tiny[] = {"1e-31", "1e-40", "7e-46", "1e-46", "1e-300", "5e-324"};
    char command[300];
    need_world();
    run("$DARKNET pixelcnn sample $CFG $WEIGHTS -n 9 -temp 0 -out $SCRATCH/cold.png");
    for (int i = 0; i < COUNT(tiny); ++i) {
        snprintf(command, sizeof command,
                 "$DARKNET pixelcnn sample $CFG $WEIGHTS -n 9 -temp %s -json -out $SCRATCH/x.png", tiny[i]);
        run(command);
        if (!strstr(r.out, "\"nats_per_image\": 0.000000}")) fail_msg("-temp %s: %s", tiny[i], r.out);
        int w, h;
        unsigned char *cold = read_grey_png(scratch("cold.png"), &w, &h), *x = read_grey_png(scratch("x.png"), &w, &h);
        assert_memory_equal(cold, x, (size_t)w * h);
        free(cold);
        free(x);
    }
}

TEST_MAIN(cmocka_unit_test(a_net_without_dropout_knows_no_image_without_label),
          cmocka_unit_test(pictures_without_labels_are_scored_over_all_classes),
          cmocka_unit_test(a_data_set_too_on_request), cmocka_unit_test(a_list_is_classes_in_turn),
          cmocka_unit_test(completions_of_each_picture_start_with_class_0),
          cmocka_unit_test(weights_of_classes_sum_to_1), cmocka_unit_test(a_tiny_temperature_is_0))
