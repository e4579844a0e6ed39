/*
test_outputs.c - where sample and complete write what they draw: a sheet of about 500 pixels, a file per
image, arrays, standard output.
*/
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/byte_source.h"
#include "base/numbered_name.h"
#include "pixelcnn/data/dataset.h"
#include "tests/labelled.h"
#include "tests/refused.h"

static run_result r;

/* The variables of tests/refused.h, and $NET, the trained net with its weights, $SHADES its data, $HERE an
   empty folder. */
static void need_net(void)
{
    need_world();
    set_net_variables();
    setenv("HERE", scratch("here"), 1);
    shell("rm -rf $HERE; mkdir $HERE");
}

static void run(const char *command) { run_to_status(&r, 0, command); }

/* The files of $HERE, one a line. */
static void has_files(const char *names)
{
    run("ls $HERE");
    assert_string_equal(r.out, names);
}

/* ---- names ---- */

static void names_are_numbered(void **state)
{
    (void)state;
    static const struct {
        const char *path, *folder;
        int i;
        const char *is;
    } names[] = {{"a/%05d.png", "a/", 7, "a/00007.png"},    {"%d.png", "", 123456, "123456.png"},
                 {"x%3dy.png", "", 5, "x  5y.png"},         {"100%%_%02d.png", "", 3, "100%_03.png"},
                 {"a%d/b%1d", "a%d/", 12, "a%d/b12"},       {"/nowhere/", "/nowhere/", 1, "/nowhere/00001.png"},
                 {"/tmp", "/tmp/", 99999, "/tmp/99999.png"}};
    static const char *const single[] = {"x.png", "100%.png", "a%d/x.png", "", "50%%.png"},
                             *const wrong[] = {"%d_%d.png", "%s.png", "%x", "%010d.png", "%5f", "%d%n"};
    numbered_name n;
    char error[512], path[4700];
    for (int i = 0; i < COUNT(names); ++i) {
        assert_int_equal(read_numbered_name(names[i].path, ".png", &n, error), 1);
        assert_string_equal(n.folder, names[i].folder);
        write_numbered_name(&n, names[i].i, path, sizeof path);
        assert_string_equal(path, names[i].is);
        assert_true(is_numbered_name(&n, path + strlen(n.folder)));
        assert_false(is_numbered_name(&n, "x.png"));
    }
    for (int i = 0; i < COUNT(single); ++i) assert_int_equal(read_numbered_name(single[i], ".png", &n, error), 0);
    for (int i = 0; i < COUNT(wrong); ++i) {
        assert_int_equal(read_numbered_name(wrong[i], ".png", &n, error), -1);
        must_hold(error, "expected a file name with one number, such as %05d");
    }
}

/* ---- files ---- */

/* The image of a file is image (y,x) of a sheet at scale 1. */
static void is_of_sheet(const char *file, unsigned char *sheet, int width, int y, int x)
{
    int w, h;
    char path[600];
    snprintf(path, sizeof path, "%s/%s", path_of("HERE"), file);
    unsigned char *one = read_grey_png(path, &w, &h);
    assert_true(w == WIDTH && h == HEIGHT);
    for (int p = 0; p < VALUES; ++p) assert_int_equal(one[p], *sheet_pixel(sheet, width, y, x, p / WIDTH, p % WIDTH));
    free(one);
}

static void each_image_has_a_file(void **state)
{
    (void)state;
    int w, h;
    need_net();
    run("$DARKNET pixelcnn sample $NET -n 4 -label 1,2 -seed 3 -scale 1 -out $SCRATCH/sheet.png");
    unsigned char *sheet = read_grey_png(scratch("sheet.png"), &w, &h);
    run("$DARKNET pixelcnn sample $NET -n 4 -label 1,2 -seed 3 -out $HERE/s%02d.png");
    assert_non_null(strstr(r.out, "/here/s%02d.png: 4 images of 5 x 6, label 1,2, seed 3, "));
    has_files("s00.png\ns01.png\ns02.png\ns03.png\n");
    char file[16];
    for (int i = 0; i < 4; ++i) {
        snprintf(file, sizeof file, "s%02d.png", i);
        is_of_sheet(file, sheet, w, i / 2, i % 2);
    }
    run("strings -n 4 $HERE/s03.png");
    must_hold(r.out, "label: 2\n & \nimage: 3\n");
    run("rm $HERE/*; $DARKNET pixelcnn sample $NET -n 4 -label 1,2 -seed 3 -out $HERE -json");
    must_hold(r.out, "here\", \"images\": 4");
    has_files("00000.png\n00001.png\n00002.png\n00003.png\n");
    is_of_sheet("00002.png", sheet, w, 1, 0);
    run("$DARKNET pixelcnn sample $NET -n 2 -scale 3 -out $HERE/new/; rm $HERE/*.png");
    free(read_grey_png(scratch("here/new/00001.png"), &w, &h));
    assert_true(w == 3 * WIDTH && h == 3 * HEIGHT);
    free(sheet);
}

/* The completions alone, without originals and given parts. */
static void each_completion_has_a_file(void **state)
{
    (void)state;
    int w, h;
    need_net();
    run("$DARKNET pixelcnn complete $NET $SHADES -images 2 -rows 2 -n 3 -scale 1 -out $SCRATCH/sheet.png");
    unsigned char *sheet = read_grey_png(scratch("sheet.png"), &w, &h);
    run("$DARKNET pixelcnn complete $NET $SHADES -images 2 -rows 2 -n 3 -out $HERE/");
    has_files("00000.png\n00001.png\n00002.png\n00003.png\n00004.png\n00005.png\n");
    is_of_sheet("00001.png", sheet, w, 0, 3);
    is_of_sheet("00005.png", sheet, w, 1, 4);
    free(sheet);
}

/* ---- arrays ---- */

static void arrays_are_data_sets(void **state)
{
    (void)state;
    int w, h;
    need_net();
    run("$DARKNET pixelcnn sample $NET -n 4 -label 2,0 -seed 3 -scale 1 -out $SCRATCH/sheet.png -npy $HERE/x.npz "
        "-json");
    double nats = number_in(r.out, "nats_per_image");
    must_hold(r.out, "\"npy\": ");
    unsigned char *sheet = read_grey_png(scratch("sheet.png"), &w, &h);
    network *net = net_of_text(read_whole(labelled_net()->cfg, 0), 1);
    dataset d = load_dataset(scratch("here/x.npz"), SPLIT_TEST, net);
    assert_int_equal(d.n, 4);
    for (int i = 0; i < 4; ++i) {
        for (int p = 0; p < VALUES; ++p)
            assert_int_equal(d.pixels[i * VALUES + p], *sheet_pixel(sheet, w, i / 2, i % 2, p / WIDTH, p % WIDTH));
        assert_int_equal(class_of_image(&d, i), i % 2 ? 0 : 2);
    }
    free_dataset(&d);
    free_network(net);
    free(sheet);
    run("$DARKNET pixelcnn eval $NET $HERE/x.npz -json");
    assert_float_equal(number_in(r.out, "nats_per_image"), nats, 1e-3);
    run("$DARKNET pixelcnn complete $NET $HERE/x.npz -image 1 -images 2 -rows 5 -n 1 -json -out $HERE/c.png");
    must_hold(r.out, "\"images\": 2,");
    run("rm $HERE/*; D=$(readlink -f $DARKNET); cd $HERE && $D pixelcnn sample $NET -n 4 -label 2,0 -seed 3 -npy "
        "x.npy");
    must_hold(r.out, "x.npy: 4 images");
    has_files("x.npy\n"); // no samples.png
}

/* The same images make the same archive, mixtures are floats, colours come last. */
static void archives_hold_any_label(void **state)
{
    (void)state;
    size_t bytes;
    static char y[256];
    static const float halves[] = {.5, 0, .5, .5, 0, .5};
    need_net();
    run("$DARKNET pixelcnn sample $NET -n 2 -label 0:0.5,2:0.5 -npy $HERE/x.npz && sleep 2.1 && "
        "$DARKNET pixelcnn sample $NET -n 2 -label 0:0.5,2:0.5 -npy $HERE/same.npz && cmp $HERE/x.npz $HERE/same.npz");
    byte_source *member = open_zip_member(scratch("here/x.npz"), "y.npy");
    assert_int_equal(read_byte_source(member, y, sizeof y), 128 + sizeof halves);
    close_byte_source(member);
    must_hold(y + 10, "'<f4' & (2, 3)");
    assert_memory_equal(y + 128, halves, sizeof halves);
    run("$DARKNET pixelcnn sample $PLAIN $PLAIN_WEIGHTS -n 2 -npy $HERE/c.npy");
    char *colour = read_whole(scratch("here/c.npy"), &bytes);
    must_hold(colour + 10, "'|u1' & (2, 6, 5, 3)");
    assert_int_equal(bytes, 128 + 2 * 6 * 5 * 3);
    free(colour);
}

/* ---- standard output ---- */

static void pictures_go_to_standard_output(void **state)
{
    (void)state;
    need_net();
    run("$DARKNET pixelcnn sample $NET -n 3 -out $HERE/a.png -gif $HERE/a.gif -npy $HERE/a.npy");
    run("$DARKNET pixelcnn sample $NET -n 3 -out - >$HERE/b.png 2>$HERE/said && cmp $HERE/a.png $HERE/b.png");
    run("grep 'stdout: 3 images of 5 x 6' $HERE/said");
    run("$DARKNET pixelcnn sample $NET -n 3 -npy - 2>$HERE/said | cmp - $HERE/a.npy");
    run("$DARKNET pixelcnn sample $NET -n 3 -out $HERE/c.png -gif - 2>$HERE/said | cmp - $HERE/a.gif");
    run("$DARKNET pixelcnn sample $NET -n 3 -out /dev/fd/1 2>$HERE/said | cmp - $HERE/a.png");
    refused(0, "pixelcnn sample $NET -out - -json", "-out -: and -json: both go to standard output");
    refused(0, "pixelcnn sample $NET -out - -npy -", "two files to standard output");
    refused(0, "pixelcnn sample $NET -out - -preview", "-preview shows a sheet: give it a file");
    refused(0, "pixelcnn sample $NET -out - >/dev/full", "No space left");
    refused("echo nothing >$BAD;", "pixelcnn sample $BAD $WEIGHTS -out - >&-", "standard output is closed");
    report();
}

/* ---- what is refused, before the work: the cfg that is none is not what is complained about ---- */

static void names_of_other_kinds_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *says;
    } names[] = {
        {"-out $OUT/x.jpg", "-out & x.jpg: JPEG would blur the levels; write a .png"},
        {"-out $OUT/x.JPEG", "x.JPEG: JPEG would"},
        {"-out $OUT/x.gif", "x.gif: an animation is written by -gif"},
        {"-out $OUT/x.npy", "x.npy: an array is written by -npy"},
        {"-out $OUT/x.webp", "x.webp: only PNG is written"},
        {"-out $OUT/%d.jpg", "JPEG would blur"},
        {"-out $OUT/%d_%d.png", "at '%d.png': expected a file name with one number"},
        {"-out $OUT/%s.png", "at '%s.png': expected a file name with one number"},
        {"-out $OUT/none/%d.png", "none/0.png: cannot create: No such file & there is no folder & none: make it first"},
        {"-out $OUT/none/none/", "none/none/: cannot create the folder: No such file"},
        {"-out $CFG/", "good.cfg/00000.png: cannot create: Not a directory"},
        {"-out /proc/", "/proc/00000.png: cannot create"},
        {"-npy $OUT/x.txt", "-npy & x.txt: expected a name that ends in .npy, or in .npz"},
        {"-npy $OUT/none/x.npy", "none/x.npy: cannot create: No such file"},
        {"-npy $OUT/x.npy -preview", "-preview shows a sheet: give it a file"},
        {"-out $OUT/%d.png -preview", "-preview shows a sheet: give it a file"},
        {"-npy $OUT/x.npy -out $OUT/x.npy", "x.npy: an array is written by -npy"}};
    char command[300];
    need_net();
    for (int i = 0; i < COUNT(names); ++i) {
        snprintf(command, sizeof command, "pixelcnn sample $BAD $WEIGHTS %s", names[i].arguments);
        refused("echo nothing >$BAD;", command, names[i].says);
        snprintf(command, sizeof command, "pixelcnn complete $BAD $WEIGHTS $DATA %s", names[i].arguments);
        refused("echo nothing >$BAD;", command, names[i].says);
    }
    /* Inputs stay what they are. */
    static const char own[] =
        "mkdir -p $SCRATCH/own; cp docs/hole.png $SCRATCH/own/00007.png; rm -f $SCRATCH/own/good.cfg;";
    refused(own, "pixelcnn complete $CFG $WEIGHTS $SCRATCH/own -out $SCRATCH/own", "would write into");
    refused(own, "pixelcnn complete $CFG $WEIGHTS $SCRATCH/own/00007.png -out $SCRATCH/own/", "would write into");
    refused(own, "pixelcnn complete $CFG $WEIGHTS $DATA -mask $SCRATCH/own/00007.png -out $SCRATCH/own/%05d.png",
            "would write into the mask");
    report();
}

/* ---- scale ---- */

static void sheets_have_about_500_pixels(void **state)
{
    (void)state;
    static const struct {
        const char *arguments;
        int w, h;
    } sheets[] = {{"-n 64", 8 * 52 - 2, 8 * 62 - 2}, // at 11 it would be 542 high
                  {"-n 1", 64 * 5, 64 * 6},          // the largest scale
                  {"-n 2500", 50 * 7 - 2, 50 * 8 - 2},
                  {"-n 10000", 100 * 7 - 2, 100 * 8 - 2},
                  {"-n 4 -scale 1", 2 * 7 - 2, 2 * 8 - 2},
                  {"-n 4 -scale 0", 2 * 207 - 2, 2 * 248 - 2}};
    int w, h;
    char command[200];
    need_net();
    for (int i = 0; i < COUNT(sheets); ++i) {
        snprintf(command, sizeof command, "$DARKNET pixelcnn sample $NET -out $HERE/x.png %s", sheets[i].arguments);
        run(command);
        free(read_grey_png(scratch("here/x.png"), &w, &h));
        if (w != sheets[i].w || h != sheets[i].h) fail_msg("%s: %d x %d", sheets[i].arguments, w, h);
    }
}

TEST_MAIN(cmocka_unit_test(names_are_numbered), cmocka_unit_test(each_image_has_a_file),
          cmocka_unit_test(each_completion_has_a_file), cmocka_unit_test(arrays_are_data_sets),
          cmocka_unit_test(archives_hold_any_label), cmocka_unit_test(pictures_go_to_standard_output),
          cmocka_unit_test(names_of_other_kinds_are_refused), cmocka_unit_test(sheets_have_about_500_pixels))
