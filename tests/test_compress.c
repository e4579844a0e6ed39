/*
test_compress.c - the commands compress and decompress: data sets and pictures come back, what would be lost
is refused, and so is another net.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "layers/math/levels.h"
#include "tests/picture_files.h"
#include "tests/refused.h"

enum { N = 12, LEVELS = 4, PIXELS = 30, COLOURS = 3 };

static run_result r;

static void run(const char *command) { run_to_status(&r, 0, command); }

/* $EXACT: the test images of $DATA in the net's levels, with their labels, which compress without loss. */
static void need_exact(void)
{
    need_world();
    if (getenv("EXACT")) return;
    setenv("EXACT", scratch("exact"), 1);
    setenv("HERE", scratch("here"), 1);
    run("mkdir $EXACT; $DARKNET pixelcnn compress $CFG $WEIGHTS $DATA -quantise -block 5 -out $SCRATCH/lossy.gpc &&"
        "$DARKNET pixelcnn decompress $CFG $WEIGHTS $SCRATCH/lossy.gpc -out $EXACT/t10k-images-idx3-ubyte &&"
        "$DARKNET pixelcnn compress $CFG $WEIGHTS $EXACT -block 5 -out $SCRATCH/exact.gpc");
}

static unsigned char *bytes_of(const char *folder, const char *name, size_t *n)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return (unsigned char *)read_whole(path, n);
}

static void empty_here(void) { run("rm -rf $HERE; mkdir $HERE"); }

/* ---- round trips ---- */

static void quantised_images_have_the_nets_levels(void **state)
{
    (void)state;
    size_t n, m;
    need_exact();
    unsigned char *from = bytes_of(path_of("DATA"), "t10k-images-idx3-ubyte", &n);
    unsigned char *to = bytes_of(path_of("EXACT"), "t10k-images-idx3-ubyte", &m);
    assert_int_equal(n, m);
    assert_memory_equal(from, to, 16);
    for (size_t i = 16; i < n; ++i) assert_int_equal(to[i], byte_of_level(level_of_byte(from[i], LEVELS), LEVELS));
    run("cmp $DATA/t10k-labels-idx1-ubyte $EXACT/t10k-labels-idx1-ubyte");
    run("$DARKNET pixelcnn decompress $CFG $WEIGHTS $SCRATCH/lossy.gpc -test -json");
    assert_int_equal(number_in(r.out, "quantised"), 1);
    run("$DARKNET pixelcnn decompress $CFG $WEIGHTS $SCRATCH/exact.gpc -test -json");
    assert_int_equal(number_in(r.out, "quantised"), 0);
    free(from);
    free(to);
}

static void a_data_set_comes_back(void **state)
{
    (void)state;
    need_exact();
    empty_here();
    run("$DARKNET pixelcnn decompress $CFG $WEIGHTS $SCRATCH/exact.gpc -out $HERE/t10k-images-idx3-ubyte &&"
        "cmp $HERE/t10k-images-idx3-ubyte $EXACT/t10k-images-idx3-ubyte &&"
        "cmp $HERE/t10k-labels-idx1-ubyte $EXACT/t10k-labels-idx1-ubyte &&"
        "OMP_NUM_THREADS=3 $DARKNET pixelcnn compress $CFG $WEIGHTS $HERE -block 5 -out $HERE/again.gpc &&"
        "cmp $HERE/again.gpc $SCRATCH/exact.gpc &&"
        "OMP_NUM_THREADS=3 $DARKNET pixelcnn decompress $CFG $WEIGHTS $HERE/again.gpc -out $HERE/all.npz &&"
        "$DARKNET pixelcnn compress $CFG $WEIGHTS $HERE/all.npz -block 5 -out $HERE/again.gpc &&"
        "cmp $HERE/again.gpc $SCRATCH/exact.gpc");
}

static void colours_come_back(void **state)
{
    (void)state;
    size_t n, m;
    need_exact();
    empty_here();
    run("$DARKNET pixelcnn compress $PLAIN $PLAIN_WEIGHTS $RGB -quantise -out $HERE/c.gpc &&"
        "$DARKNET pixelcnn decompress $PLAIN $PLAIN_WEIGHTS $HERE/c.gpc -out $HERE/x-idx4-ubyte &&"
        "$DARKNET pixelcnn decompress $PLAIN $PLAIN_WEIGHTS $HERE/c.gpc -out $HERE/each/ &&"
        "$DARKNET pixelcnn compress $PLAIN $PLAIN_WEIGHTS $HERE/each -out $HERE/each.gpc &&"
        "$DARKNET pixelcnn decompress $PLAIN $PLAIN_WEIGHTS $HERE/each.gpc -out $HERE/y-idx4-ubyte &&"
        "cmp $HERE/x-idx4-ubyte $HERE/y-idx4-ubyte");
    unsigned char *from = bytes_of(path_of("RGB"), "t10k-images-idx4-ubyte", &n),
                  *to = bytes_of(path_of("HERE"), "x-idx4-ubyte", &m);
    assert_int_equal(n, m);
    for (size_t i = 20; i < n; ++i) assert_int_equal(to[i], from[i] < 128 ? 0 : 255);
    free(from);
    free(to);
}

/* Pictures have no labels: the cheapest of each is found, and kept. */
static void pictures_come_back(void **state)
{
    (void)state;
    int w, h, channels;
    size_t n;
    char path[512];
    need_exact();
    empty_here();
    run("$DARKNET pixelcnn decompress $CFG $WEIGHTS $SCRATCH/exact.gpc -out $HERE/p/ &&"
        "$DARKNET pixelcnn compress $CFG $WEIGHTS $HERE/p/00003.png $HERE/p/00011.png -out $HERE/two.gpc -json");
    assert_int_equal(number_in(r.out, "images"), 2);
    assert_non_null(strstr(r.out, "\"label\": \"auto\""));
    run("$DARKNET pixelcnn decompress $CFG $WEIGHTS $HERE/two.gpc -out $HERE/q/ -labels $HERE/labels.csv &&"
        "$DARKNET pixelcnn decompress $CFG $WEIGHTS $HERE/two.gpc -first 1 -out $HERE/one.png &&"
        "cmp $HERE/q/00001.png $HERE/one.png");
    unsigned char *exact = bytes_of(path_of("EXACT"), "t10k-images-idx3-ubyte", &n);
    for (int i = 0; i < 2; ++i) {
        snprintf(path, sizeof path, "%s/q/%05d.png", path_of("HERE"), i);
        unsigned char *x = read_png_file(path, &w, &h, &channels);
        assert_int_equal(w * h * channels, PIXELS);
        assert_memory_equal(x, exact + 16 + (i ? 11 : 3) * PIXELS, PIXELS);
        free(x);
    }
    free(exact);
}

static void the_cheapest_labels_cost_least(void **state)
{
    (void)state;
    double best, given;
    need_exact();
    empty_here();
    run("$DARKNET pixelcnn compress $CFG $WEIGHTS $EXACT -label auto -out $HERE/x.gpc -json");
    best = number_in(r.out, "net_bits_per_dim");
    run("$DARKNET pixelcnn compress $CFG $WEIGHTS $EXACT -out $HERE/x.gpc -json");
    given = number_in(r.out, "net_bits_per_dim");
    assert_true(best < given);
    run("$DARKNET pixelcnn eval $CFG $WEIGHTS $EXACT -json");
    assert_float_equal(number_in(r.out, "bits_per_dim"), given, 1e-6);
}

static void labels_are_listed(void **state)
{
    (void)state;
    size_t n;
    char expected[256] = "index,label,label_name\n";
    need_exact();
    empty_here();
    run("$DARKNET pixelcnn decompress $CFG $WEIGHTS $SCRATCH/exact.gpc -first 3 -n 4 -out $HERE/x.npy -labels "
        "$HERE/l.csv; cat $HERE/l.csv >&2");
    unsigned char *labels = bytes_of(path_of("EXACT"), "t10k-labels-idx1-ubyte", &n);
    for (int i = 3; i < 7; ++i) sprintf(expected + strlen(expected), "%d,%d,\n", i, labels[8 + i]);
    assert_string_equal(r.err, expected);
    run("$DARKNET pixelcnn compress $DROPOUT $WEIGHTS $EXACT -limit 2 -label none -out $HERE/x.gpc &&"
        "$DARKNET pixelcnn decompress $DROPOUT $WEIGHTS $HERE/x.gpc -out $HERE/x.npy -labels $HERE/l.csv; cat "
        "$HERE/l.csv >&2");
    assert_string_equal(r.err, "index,label,label_name\n0,none,\n1,none,\n");
    free(labels);
}

/* Each instruction set of this CPU writes the same file, and reads what the others wrote. */
static void instruction_sets_agree(void **state)
{
    (void)state;
    need_exact();
    empty_here();
    run("for v in SSE2 AVX2 AVX-512; do export PIXELCNN_VECTORS=$v; $DARKNET pixelcnn version >/dev/null 2>&1 || "
        "continue;"
        "$DARKNET pixelcnn compress $CFG $WEIGHTS $EXACT -block 5 -out $HERE/$v.gpc >&2 && cmp $HERE/$v.gpc "
        "$SCRATCH/exact.gpc && $DARKNET pixelcnn decompress $CFG $WEIGHTS $SCRATCH/exact.gpc -test >&2 || exit; echo "
        "$v; "
        "done");
    print_message("%s", r.out);
    assert_true(*r.out);
}

/* ---- figures ---- */

/* What is printed is what lies on the disk. */
static void sizes_are_true(void **state)
{
    (void)state;
    size_t bytes;
    need_exact();
    empty_here();
    run("$DARKNET pixelcnn compress $CFG $WEIGHTS $EXACT -out $HERE/x.gpc -json");
    free(bytes_of(path_of("HERE"), "x.gpc", &bytes));
    assert_int_equal(number_in(r.out, "bytes"), bytes);
    assert_int_equal(number_in(r.out, "raw_bytes"), N * PIXELS);
    assert_float_equal(number_in(r.out, "bits_per_dim"), 8. * bytes / (N * PIXELS), 1e-6);
    double coded = number_in(r.out, "net_bits_per_dim") * N * PIXELS + N * log2(3);
    assert_in_range(8 * (bytes - 80), coded, coded * 1.001 + 12);
}

/* ---- what is refused ---- */

static void what_cannot_be_done_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *before, *arguments, *says;
    } commands[] = {
        {0, "pixelcnn compress $CFG $WEIGHTS $DATA -out $OUT/x.gpc",
         "data: image 0 has & at channel 0, row 0, column & not one of this net's 4 levels (0, 85, 170, 255) & "
         "-quantise"},
        {0, "pixelcnn compress $CFG $WEIGHTS $EXACT -label 7 -out $OUT/x.gpc",
         "-label 7: at '7': expected a class from 0 to 2"},
        {0, "pixelcnn compress $CFG $WEIGHTS $EXACT -label none -out $OUT/x.gpc",
         "-label none: & trained without label dropout"},
        {0, "pixelcnn compress $CFG $WEIGHTS $HERE/p/00001.png -label given -out $OUT/x.gpc",
         "00001.png: & have no labels"},
        {0, "pixelcnn compress $CFG $WEIGHTS $HERE/p/00001.png -set train -out $OUT/x.gpc",
         "-set train: & not a data set"},
        {0, "pixelcnn compress $PLAIN $PLAIN_WEIGHTS $RGB -quantise -label 1 -out $OUT/x.gpc",
         "-label 1: this net has no [label_embed]"},
        {0, "pixelcnn compress $CFG $WEIGHTS docs/hole.png -out $OUT/x.gpc",
         "docs/hole.png: 28 x 28 pixels (width x height); the net's images are 5 x 6, grey, 8 bits & -quantise"},
        {0, "pixelcnn compress $CFG $WEIGHTS $HERE/wide.png -out $OUT/x.gpc", "wide.png: 16 bits per value"},
        {0, "pixelcnn compress $CFG $WEIGHTS $HERE/clear.png -out $OUT/x.gpc", "clear.png: transparent pixels"},
        {0, "pixelcnn compress $CFG $WEIGHTS $HERE/red.png -out $OUT/x.gpc", "red.png: colours"},
        {0, "pixelcnn compress $CFG $WEIGHTS $EXACT -block 4097 -out $OUT/x.gpc",
         "-block 4097: expected an integer from 0 to 4096"},
        {0, "pixelcnn compress $CFG $WEIGHTS $EXACT -out $OUT/none/x.gpc", "none/x.gpc: cannot create: No such file"},
        {0, "pixelcnn compress $CFG $WEIGHTS $EXACT -out $CFG", "would overwrite CFG"},
        {0, "pixelcnn compress $CFG $WEIGHTS $EXACT -out $FULL", "full: "},
        {0, "pixelcnn compress $CFG $WEIGHTS $EXACT $EXACT -out $OUT/x.gpc", "one argument too many"},
        {0, "pixelcnn decompress $CFG $BAD_WEIGHTS $SCRATCH/exact.gpc -out $OUT/d/",
         "exact.gpc: compressed with other weights & use the weights that it was compressed with"},
        {0, "pixelcnn decompress $BAD $WEIGHTS $SCRATCH/exact.gpc -out $OUT/d/", "belongs to a different net"},
        {0, "pixelcnn decompress $PLAIN $PLAIN_WEIGHTS $SCRATCH/exact.gpc -out $OUT/d/",
         "exact.gpc: images of 1 channel, 6 x 5 (height x width), 4 levels; the cfg has channels=3"},
        {0, "pixelcnn decompress $CFG $WEIGHTS $SCRATCH/cut.gpc -out $OUT/d/", "cut.gpc: & truncated"},
        {0, "pixelcnn decompress $CFG $WEIGHTS $SCRATCH/flip.gpc -out $OUT/x.npy",
         "flip.gpc: block 0, images 0 to 4, is damaged, between byte 64 and"},
        {0, "pixelcnn decompress $CFG $WEIGHTS $CFG -out $OUT/d/",
         "FILE.gpc: & good.cfg is a cfg, not compressed images"},
        {0, "pixelcnn decompress $CFG $WEIGHTS README.md -out $OUT/d/", "README.md: not a .gpc file"},
        {0, "pixelcnn decompress $CFG $WEIGHTS $SCRATCH/none.gpc -out $OUT/d/", "none.gpc: cannot open: No such file"},
        {0, "pixelcnn decompress $SCRATCH/exact.gpc $CFG $WEIGHTS", "are swapped; write: & decompress"},
        {0, "pixelcnn decompress $CFG $WEIGHTS $SCRATCH/exact.gpc -first 12 -out $OUT/d/",
         "-first 12: & has images 0 to 11"},
        {0, "pixelcnn decompress $CFG $WEIGHTS $SCRATCH/exact.gpc -first 10 -n 3 -out $OUT/d/",
         "-n 3: & has 2 images from image 10 on"},
        {0, "pixelcnn decompress $CFG $WEIGHTS $SCRATCH/exact.gpc -out $OUT/x.png",
         "x.png: one image, but there are 12: give -n 1"},
        {0, "pixelcnn decompress $CFG $WEIGHTS $SCRATCH/exact.gpc -out $OUT/x.webp",
         "x.webp: expected a folder (DIR/), or a name"},
        {0, "pixelcnn decompress $CFG $WEIGHTS $SCRATCH/exact.gpc -out $OUT/%d.jpg", "a file of each image is a PNG"},
        {0, "pixelcnn decompress $CFG $WEIGHTS $SCRATCH/exact.gpc -out $HERE/x.npz -labels $HERE/x.npz",
         "-out & is the same file as that of -labels"},
        {0, "pixelcnn decompress $CFG $WEIGHTS $SCRATCH/exact.gpc -out $SCRATCH/exact.gpc.png -labels $CFG",
         "would overwrite CFG"},
        {0, "pixelcnn decompress $CFG $WEIGHTS $SCRATCH/exact.gpc -test -out $OUT/x.npy",
         "-test writes no images: omit -out"},
        {"ulimit -f 8; trap '' XFSZ;", "pixelcnn decompress $CFG $WEIGHTS $SCRATCH/large.gpc -out $OUT/x-idx3-ubyte",
         "x-idx3-ubyte: & File too large"},
    };
    need_exact();
    empty_here();
    run("$DARKNET pixelcnn decompress $CFG $WEIGHTS $SCRATCH/exact.gpc -out $HERE/p/;"
        "sed s/dilation=2/dilation=1/ $CFG >$BAD; cp $WEIGHTS $BAD_WEIGHTS;"
        "printf '\\000\\000\\000\\000' | dd of=$BAD_WEIGHTS bs=1 seek=200 conv=notrunc 2>/dev/null;"
        "head -c 100 $SCRATCH/exact.gpc >$SCRATCH/cut.gpc; cp $SCRATCH/exact.gpc $SCRATCH/flip.gpc;"
        "printf '\\125\\252\\125' | dd of=$SCRATCH/flip.gpc bs=1 seek=68 conv=notrunc 2>/dev/null");
    unsigned char wide[60] = {0}, clear[60] = {0}, red[90] = {255};
    char path[512];
    snprintf(path, sizeof path, "%s/wide.png", path_of("HERE"));
    write_png_file(path, (picture_file){.w = 5, .h = 6, .channels = 1, .depth = 16}, wide);
    snprintf(path, sizeof path, "%s/clear.png", path_of("HERE"));
    write_png_file(path, (picture_file){.w = 5, .h = 6, .channels = 2}, clear);
    snprintf(path, sizeof path, "%s/red.png", path_of("HERE"));
    write_png_file(path, (picture_file){.w = 5, .h = 6, .channels = 3}, red);
    make_toy_data(scratch("large"), (toy_data){.n = 400, .c = 1, .h = 6, .w = 5, .classes = 3, .seed = 1});
    run("$DARKNET pixelcnn compress $CFG $WEIGHTS $SCRATCH/large -quantise -out $SCRATCH/large.gpc");
    for (int i = 0; i < COUNT(commands); ++i) refused(commands[i].before, commands[i].arguments, commands[i].says);
    report();
}

/* With -quantise each of these is taken. */
static void changed_pictures_are_taken_on_demand(void **state)
{
    (void)state;
    need_exact();
    empty_here();
    run("$DARKNET pixelcnn compress $CFG $WEIGHTS docs/hole.png -label 1 -quantise -out $HERE/x.gpc &&"
        "$DARKNET pixelcnn decompress $CFG $WEIGHTS $HERE/x.gpc -out $HERE/x.png && grep -q . $HERE/x.png");
    assert_non_null(strstr(r.out, "quantised when they were compressed"));
}

/* Scaled down it has the net's levels, but it is not what was given. */
static void a_scaled_picture_is_not_said_to_be_without_loss(void **state)
{
    (void)state;
    need_exact();
    empty_here();
    run("$DARKNET pixelcnn sample $CFG $WEIGHTS -n 1 -label 1 -scale 2 -out $HERE/two.png &&"
        "$DARKNET pixelcnn compress $CFG $WEIGHTS $HERE/two.png -label 1 -quantise -out $HERE/x.gpc &&"
        "$DARKNET pixelcnn decompress $CFG $WEIGHTS $HERE/x.gpc -out $HERE/x.png");
    assert_non_null(strstr(r.out, "quantised when they were compressed"));
}

TEST_MAIN(cmocka_unit_test(quantised_images_have_the_nets_levels), cmocka_unit_test(a_data_set_comes_back),
          cmocka_unit_test(colours_come_back), cmocka_unit_test(pictures_come_back),
          cmocka_unit_test(the_cheapest_labels_cost_least), cmocka_unit_test(labels_are_listed),
          cmocka_unit_test(instruction_sets_agree), cmocka_unit_test(sizes_are_true),
          cmocka_unit_test(what_cannot_be_done_is_said), cmocka_unit_test(changed_pictures_are_taken_on_demand),
          cmocka_unit_test(a_scaled_picture_is_not_said_to_be_without_loss))
