/*
test_reported_labels_vectors.c - regression tests of nets conditioned on vectors ([label_embed] attributes=1):
what they take, and that vectors are refused without it.
*/
#include <stdlib.h>
#include <string.h>
#include "tests/labelled.h"
#include "tests/refused.h"

static run_result r;

static void run(const char *command) { run_to_status(&r, 0, command); }

/* (n,3) numbers that no class has: i/4, -2, and 1e-3 i. */
static void write_vectors(const char *path, int n)
{
    unsigned char x[12 + 12 * 32] = {0, 0, 0x0D, 2, 0, 0, 0, n, 0, 0, 0, 3};
    for (int i = 0; i < n; ++i) {
        float t[3] = {i / 4., -2, 1e-3 * i};
        for (int k = 0; k < 3; ++k) {
            uint32_t bits;
            memcpy(&bits, t + k, 4);
            for (int b = 0; b < 4; ++b) x[12 + 12 * i + 4 * k + b] = bits >> (24 - 8 * b);
        }
    }
    write_file(path, x, 12 + 12 * n);
}

/* $VECTORS: a data set with vectors; $NET and $NET_WEIGHTS: trained on it; $NONE: the same net with label
   dropout. */
static void need_vectors(void)
{
    need_world();
    if (getenv("VECTORS")) return;
    setenv("VECTORS", scratch("vectors"), 1);
    setenv("NET", scratch("attributes.cfg"), 1);
    setenv("NONE", scratch("attributes_dropout.cfg"), 1);
    setenv("NET_WEIGHTS", scratch("attributes_final.weights"), 1);
    run("mkdir $VECTORS && cp $DATA/*images* $VECTORS");
    write_vectors(scratch("vectors/train-labels-idx2-float"), 12);
    write_vectors(scratch("vectors/t10k-labels-idx2-float"), 12);
    run("sed 's/#label/\\nattributes=1/' $CFG >$NET && sed 's/#label/\\nattributes=1\\ndropout=.2/' $CFG >$NONE");
}

static void need_trained(void)
{
    need_vectors();
    if (!file_exists(path_of("NET_WEIGHTS")))
        run("$DARKNET pixelcnn train $NET $VECTORS -backup $SCRATCH -sample_every 1 -seed 2");
}

static void training_on_vectors_names_the_key(void **state)
{
    (void)state;
    need_vectors();
    refused(0, "pixelcnn train $CFG $VECTORS -backup $OUT/b",
            "train-labels-idx2-float: & set attributes=1 in [label_embed]");
    refused(0, "pixelcnn eval $CFG $WEIGHTS $VECTORS", "t10k-labels-idx2-float: & attributes=1");
    refused(0, "pixelcnn train $NET $DATA -backup $OUT/b", "attributes=1 in [label_embed] needs label vectors");
    report();
}

static void weights_know_whether_labels_are_vectors(void **state)
{
    (void)state;
    need_trained();
    refused(0, "pixelcnn sample $CFG $NET_WEIGHTS -label 1 -out $OUT/x.png", "belongs to a different net");
    refused(0, "pixelcnn sample $NET $WEIGHTS -label 1,0,0 -out $OUT/x.png", "belongs to a different net");
    report();
    run("head -c 20 $WEIGHTS | od -An -td4 -j8 -N4");
    assert_int_equal(atoi(r.out), 0x46ca461a); // as before there was the key
    run("$DARKNET pixelcnn sample $NONE $NET_WEIGHTS -n 1 -label none -out $SCRATCH/x.png");
}

enum { SHEET = (2 * (HEIGHT + 2) - 2) * (2 * (WIDTH + 2) - 2) };

/* Four images of the trained net. */
static void draw_as(const char *label, unsigned char *sheet)
{
    int w, h;
    char command[200];
    snprintf(command, sizeof command,
             "$DARKNET pixelcnn sample $NET $NET_WEIGHTS -n 4 -label %s -scale 1 -out $SCRATCH/x.png", label);
    run(command);
    unsigned char *x = read_grey_png(scratch("x.png"), &w, &h);
    assert_int_equal(w * h, SHEET);
    memcpy(sheet, x, SHEET);
    free(x);
}

static void a_vector_is_written_as_its_numbers(void **state)
{
    (void)state;
    unsigned char a[SHEET], b[SHEET], c[SHEET];
    need_trained();
    draw_as("0.5,-2,0", a);
    draw_as("1:-2,0:0.5", b);
    draw_as("5,20,-30", c);
    assert_memory_equal(a, b, sizeof a);
    assert_true(memcmp(a, c, sizeof a) != 0);
    refused(0, "pixelcnn sample $NET $NET_WEIGHTS -out $OUT/x.png",
            "attributes=1 in its [label_embed] & give 3 numbers");
    refused(0, "pixelcnn sample $NET $NET_WEIGHTS -label all -out $OUT/x.png", "-label all: & give 3 numbers");
    refused(0, "pixelcnn sample $NET $NET_WEIGHTS -label 2 -out $OUT/x.png", "-label 2: 1 number: & expects 3");
    refused(0, "pixelcnn sample $NET $NET_WEIGHTS -label 1,x,2 -out $OUT/x.png", "at 'x,2': expected a number");
    refused(0, "pixelcnn sample $NET $NET_WEIGHTS -label 3:1 -out $OUT/x.png", "the index of an attribute from 0 to 2");
    refused(0, "pixelcnn sample $NET $NET_WEIGHTS -label none -out $OUT/x.png",
            "-label none: & train with dropout=0.1");
    report();
}

static void the_other_commands_take_vectors_too(void **state)
{
    (void)state;
    need_trained();
    run("$DARKNET pixelcnn eval $NET $NET_WEIGHTS $VECTORS");
    run("$DARKNET pixelcnn complete $NET $NET_WEIGHTS $VECTORS -n 2 -out $SCRATCH/x.png");
    run("$DARKNET pixelcnn score $NET $NET_WEIGHTS $VECTORS -limit 1");
    if (!strstr(r.out, "\n0,vector,")) fail_msg("%s", r.out);
    refused(0, "pixelcnn classify $NET $NET_WEIGHTS $VECTORS", "attributes.cfg: has attributes=1 & cannot classify");
    refused(
        "$DARKNET pixelcnn sample $NET $NET_WEIGHTS -n 1 -label 0,-2,0 -scale 1 -out $SCRATCH/p.png >/dev/null 2>&1;",
        "pixelcnn score $NET $NET_WEIGHTS $SCRATCH/p.png", "p.png: & attributes=1 & give -label 3 numbers");
    report();
}

TEST_MAIN(cmocka_unit_test(training_on_vectors_names_the_key),
          cmocka_unit_test(weights_know_whether_labels_are_vectors),
          cmocka_unit_test(a_vector_is_written_as_its_numbers), cmocka_unit_test(the_other_commands_take_vectors_too))
