/*
test_new.c - the command `new`: what it makes of a data set, and that its cfg trains. And [net] fit.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/pictures/picture.h"
#include "tests/formats.h"
#include "tests/picture_files.h"

static run_result r;

/* ---- fit ---- */

/* Columns of the values 0, 10, 20, ... */
static void write_ramp(const char *path, int w, int h, int is_tall)
{
    unsigned char x[64 * 64];
    for (int i = 0; i < w * h; ++i) x[i] = 10 * (is_tall ? i / w : i % w);
    write_png_file(path, (picture_file){.w = w, .h = h, .channels = 1}, x);
}

static void cropping_keeps_the_middle(void **state)
{
    (void)state;
    unsigned char x[16];
    const char *path = scratch("ramp.png");
    for (int is_tall = 0; is_tall < 2; ++is_tall) {
        write_ramp(path, is_tall ? 4 : 10, is_tall ? 10 : 4, is_tall);
        read_picture(path, FIT_CROP, 1, 4, 4, x);
        for (int i = 0; i < 16; ++i) assert_int_equal(x[i], 10 * (3 + (is_tall ? i / 4 : i % 4)));
        read_picture(path, FIT_STRETCH, 1, 4, 4, x);
        assert_true(x[0] < 20 && x[15] > 70); // all of it
    }
    write_ramp(path, 9, 3, 0); // 3 x 3 of it, then scaled
    read_picture(path, FIT_CROP, 1, 2, 2, x);
    assert_true(x[0] >= 30 && x[1] <= 50 && x[0] < x[1]);
}

/* Which side is the longer one is decided after the picture is turned. */
static void cropping_follows_the_orientation(void **state)
{
    (void)state;
    unsigned char samples[3 * 6], x[2 * 4], plain[2 * 4];
    for (int i = 0; i < 18; ++i) samples[i] = 10 * (i / 3); // 6 rows of 3
    const char *turned = scratch("turned.png"), *upright = scratch("upright.png");
    write_png_file(turned, (picture_file){.w = 3, .h = 6, .channels = 1, .orientation = 6}, samples);
    unsigned char rotated[18];
    for (int y = 0; y < 3; ++y)
        for (int c = 0; c < 6; ++c) rotated[y * 6 + c] = 10 * (5 - c);
    write_png_file(upright, (picture_file){.w = 6, .h = 3, .channels = 1}, rotated);
    read_picture(turned, FIT_CROP, 1, 2, 4, x);
    read_picture(upright, FIT_CROP, 1, 2, 4, plain);
    for (int i = 0; i < 8; ++i) assert_in_range(x[i] + 1, plain[i], plain[i] + 2);
}

/* ---- new ---- */

/* Runs `new` on data for a run of about a second, in the scratch folder; the cfg is OUT. */
static void make_cfg(const char *data, const char *options)
{
    remove(scratch("out.cfg"));
    run_command(&r, "%s pixelcnn new %s -out %s -seconds 1 -json %s", darknet(), data, scratch("out.cfg"), options);
    if (r.status) fail_msg("new %s: %s", data, r.err);
}

static void chooses(const char *key, int value)
{
    if (number_in(r.out, key) != value) fail_msg("%s: expected %d in %s", key, value, r.out);
}

/* The cfg is one that the parser accepts, for this data; train some iterations. */
static void trains(const char *data)
{
    run_command(&r, "rm -rf %s; sed -i 's/^max_batches=.*/max_batches=2/' %s; %s pixelcnn train %s %s -backup %s",
                scratch("b"), scratch("out.cfg"), darknet(), scratch("out.cfg"), data, scratch("b"));
    if (r.status) fail_msg("%s: %s", data, r.err);
}

static unsigned char colours[64 * 64 * 3];

/* Pictures of odd sizes in the classes a and b; one of them has colours. */
static const char *make_odd_pictures(int one_class)
{
    const char *folder = make_folder("odd", one_class ? "a" : "a b");
    char file[64];
    for (int i = 0; i < 30; ++i) {
        int h = 30 + i % 5, w = 50 + i, has_colours = i == 7;
        for (int k = 0; k < h * w * 3; ++k) colours[k] = has_colours ? 80 * (k % 3) : (k / 3 * 7) % 256;
        snprintf(file, sizeof file, "%s/%02d.png", i % 2 && !one_class ? "b" : "a", i);
        add_picture(folder, file, 3, h, w, colours);
    }
    return folder;
}

static void pictures_of_odd_sizes_are_cropped(void **state)
{
    (void)state;
    char folder[256];
    memset(colours, 0, sizeof colours);
    strcpy(folder, make_odd_pictures(0));
    make_cfg(folder, "");
    chooses("images", 27);
    chooses("classes", 2);
    chooses("channels", 3);
    chooses("width", 46); // as wide and high as 32 x 32, in the ratio of the median picture
    chooses("height", 22);
    chooses("levels", 8);
    char *text = read_whole(scratch("out.cfg"), 0);
    assert_non_null(strstr(text, "\nfit=crop\n"));
    assert_non_null(strstr(text, "27 training images (pictures) in 2 classes, of about 50 x 30 to"));
    free(text);
    trains(folder);
    make_cfg(folder, "-width 10 -height 8 -channels 1 -levels 4");
    chooses("width", 10);
    chooses("height", 8);
    chooses("channels", 1);
    chooses("levels", 4);
    trains(folder);
    make_cfg(make_odd_pictures(1), "-width 8 -height 8");
    chooses("classes", 0); // one folder is no class
    trains(folder);
}

static void pictures_of_one_size_keep_it(void **state)
{
    (void)state;
    const char *folder = make_pictures("plain", 10);
    make_cfg(folder, "");
    chooses("width", 5);
    chooses("height", 4);
    chooses("channels", 1);
    chooses("levels", 8);
    char *text = read_whole(scratch("out.cfg"), 0);
    assert_null(strstr(text, "fit="));
    free(text);
    trains(folder);
}

static void arrays_are_taken_as_they_are(void **state)
{
    (void)state;
    char folder[256], name[300];
    strcpy(folder, make_toy_data(scratch("toy"), (toy_data){.n = 20, .c = 3, .h = 6, .w = 5, .classes = 3}));
    make_cfg(folder, "");
    chooses("classes", 3);
    chooses("channels", 3);
    chooses("width", 5);
    chooses("height", 6);
    trains(folder);
    run_command(&r, "%s pixelcnn new %s -width 8 -out %s", darknet(), folder, scratch("wide.cfg"));
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "-width 8: the images of"));
    assert_false(file_exists(scratch("wide.cfg")));
    snprintf(name, sizeof name, "%s/train-labels-idx1-ubyte", folder);
    remove(name);
    make_cfg(folder, "");
    chooses("classes", 0);
    trains(folder);
}

/* Black and white takes 2 levels, four values 4. */
static void few_values_are_few_levels(void **state)
{
    (void)state;
    for (int values = 2; values <= 4; values += 2) {
        const char *folder = make_folder("few", "");
        char file[64];
        unsigned char x[30];
        for (int i = 0; i < 20; ++i) {
            for (int k = 0; k < 30; ++k) x[k] = (i + k * k) % values * (255 / (values - 1));
            snprintf(file, sizeof file, "%02d.png", i);
            add_picture(folder, file, 1, 5, 6, x);
        }
        make_cfg(folder, "");
        chooses("levels", values);
        trains(folder);
    }
}

/* 0 to 1 in bytes: all of them are black. */
static void values_must_differ_as_levels(void **state)
{
    (void)state;
    const char *folder = make_folder("faint", "");
    char file[64];
    unsigned char x[30];
    for (int i = 0; i < 20; ++i) {
        for (int k = 0; k < 30; ++k) x[k] = (i + k * k) % 2;
        snprintf(file, sizeof file, "%02d.png", i);
        add_picture(folder, file, 1, 5, 6, x);
    }
    run_command(&r, "%s pixelcnn new %s -seconds 1 -out %s", darknet(), folder, scratch("faint.cfg"));
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "no value is above 1, so all have level 0 of 8: white is 255"));
    assert_false(file_exists(scratch("faint.cfg")));
    make_cfg(folder, "-levels 256");
    run_command(&r,
                "sed -i 's/^levels=256/levels=4/; s/^filters=256/filters=4/' %s; %s pixelcnn train %s %s -backup %s",
                scratch("out.cfg"), darknet(), scratch("out.cfg"), folder, scratch("b"));
    assert_non_null(strstr(r.err, "there is nothing to learn; no value is above 1, and white is 255\n"));
}

/* 0, 100 and 140 are two of 3 levels, and three of 4. */
static void levels_keep_values_apart(void **state)
{
    (void)state;
    static const unsigned char values[] = {0, 100, 140};
    const char *folder = make_folder("near", "");
    char file[64];
    unsigned char x[30];
    for (int i = 0; i < 20; ++i) {
        for (int k = 0; k < 30; ++k) x[k] = values[(i + k * k) % 3];
        snprintf(file, sizeof file, "%02d.png", i);
        add_picture(folder, file, 1, 5, 6, x);
    }
    make_cfg(folder, "");
    chooses("levels", 4);
}

/* 200 times as much, more than what a busy machine makes of a measurement. */
static void more_time_is_a_longer_run(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, make_toy_data(scratch("timed"), (toy_data){.n = 40, .c = 1, .h = 8, .w = 8, .classes = 2}));
    make_cfg(folder, "-seconds 1");
    double filters = number_in(r.out, "filters"), batches = number_in(r.out, "max_batches");
    make_cfg(folder, "-seconds 200");
    assert_true(number_in(r.out, "filters") > filters || number_in(r.out, "max_batches") > batches);
    assert_true(number_in(r.out, "max_batches") * number_in(r.out, "seconds_per_iteration") <= 200);
}

/* darknet() from any working folder. */
static const char *program(void)
{
    static char text[4400];
    char here[4096];
    const char *d = darknet(), *space = strrchr(d, ' '), *path = space ? space + 1 : d;
    assert_non_null(getcwd(here, sizeof here));
    snprintf(text, sizeof text, "%.*s%s%s%s", (int)(path - d), d, *path == '/' ? "" : here, *path == '/' ? "" : "/",
             path);
    return text;
}

/* Refused with one line; $D is the data, and nothing is written. */
static void refuses_new(const char *arguments, const char *says)
{
    run_command(&r, "cd %s && D=%s && %s pixelcnn new %s", scratch("."), scratch("plain"), program(), arguments);
    if (r.status != 1 || !strstr(r.err, says)) fail_msg("new %s: status %d: %s", arguments, r.status, r.err);
}

static void bad_arguments_are_refused(void **state)
{
    (void)state;
    make_pictures("plain", 10);
    write_text(scratch("mine.cfg"), "[net]\n");
    refuses_new("$D -out mine.cfg", "mine.cfg exists, and a cfg is not overwritten");
    refuses_new("$D -out no/such/x.cfg", "no/such/x.cfg");
    refuses_new("$D -channels 2", "-channels 2: expected 1 (grey) or 3 (colour)");
    refuses_new("$D -levels 1", "-levels 1: expected 2 to 256");
    refuses_new("/no/such/data", "/no/such/data");
    make_folder("empty", "");
    refuses_new("empty", "empty: ");
    make_pictures("plain", 5);
    refuses_new("$D -out few.cfg", "10 training images; at least 12 are needed");
    assert_false(file_exists(scratch("few.cfg")));
    char *text = read_whole(scratch("mine.cfg"), 0);
    assert_string_equal(text, "[net]\n");
    free(text);
}

/* Without -out the cfg is named after the data; what to type next is said. */
static void the_cfg_is_named_after_the_data(void **state)
{
    (void)state;
    char cfg[300];
    run_command(&r, "rm -rf '%s'", scratch("two words"));
    assert_int_equal(rename(make_pictures("plain", 10), scratch("two words")), 0);
    snprintf(cfg, sizeof cfg, "%s", scratch("two words.cfg"));
    remove(cfg);
    run_command(&r, "cd %s && %s pixelcnn new 'two words' -seconds 1", scratch("."), program());
    assert_int_equal(r.status, 0);
    assert_string_equal(r.out, "two words.cfg\n");
    assert_true(file_exists(cfg));
    assert_non_null(strstr(r.err, "train 'two words.cfg' 'two words' -backup 'backup/two words' -sample_every "));
    assert_non_null(strstr(r.err, "-label all\n"));
}

TEST_MAIN(cmocka_unit_test(cropping_keeps_the_middle), cmocka_unit_test(cropping_follows_the_orientation),
          cmocka_unit_test(pictures_of_odd_sizes_are_cropped), cmocka_unit_test(pictures_of_one_size_keep_it),
          cmocka_unit_test(arrays_are_taken_as_they_are), cmocka_unit_test(few_values_are_few_levels),
          cmocka_unit_test(values_must_differ_as_levels), cmocka_unit_test(levels_keep_values_apart),
          cmocka_unit_test(more_time_is_a_longer_run), cmocka_unit_test(bad_arguments_are_refused),
          cmocka_unit_test(the_cfg_is_named_after_the_data))
