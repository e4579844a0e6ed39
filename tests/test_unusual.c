/*
test_unusual.c - pictures on the command line: their labels and probabilities, and how unusual they are.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include "layers/math/levels.h"
#include "pixelcnn/data/png_bits.h"
#include "tests/labelled.h"
#include "tests/refused.h"

enum { PICTURES = 4 };
static run_result r;

static void run(const char *command) { run_to_status(&r, 0, command); }

/* $NET, the trained net with its weights, $SHADES its data, and pictures: $SCRATCH/one.png is image 3 of its
   test set, the folder $SCRATCH/more has 0 to 2. */
static void need_pictures(void)
{
    const labelled *l = labelled_net();
    char file[320];
    need_world();
    set_net_variables();
    mkdir(scratch("more"), 0777);
    for (int i = 0; i < 3; ++i) {
        snprintf(file, sizeof file, "%s/%d.png", scratch("more"), i);
        write_grey_png(file, WIDTH, HEIGHT, l->pixels[i]);
    }
    write_grey_png(scratch("one.png"), WIDTH, HEIGHT, l->pixels[3]);
}

/* The image of the test set that is picture i of "one.png more". */
static int shown_in(int i) { return i ? i - 1 : 3; }

/* nats[class][picture] of one.png and more, as score gives them with -label. */
static void score_classes(double nats[CLASSES][PICTURES])
{
    char command[200];
    for (int k = 0; k < CLASSES; ++k) {
        snprintf(command, sizeof command, "$DARKNET pixelcnn score $NET $SCRATCH/one.png $SCRATCH/more -label %d", k);
        run(command);
        const char *at = strchr(r.out, '\n') + 1;
        for (int i = 0, index, label; i < PICTURES; ++i, at = strchr(at, '\n') + 1) {
            assert_int_equal(sscanf(at, "%d,%d,%lf", &index, &label, nats[k] + i), 3);
            assert_true(index == i && label == k);
        }
        assert_int_equal(*at, 0);
    }
}

/* ---- classify ---- */

static double evidence(double nats[CLASSES][PICTURES], int i)
{
    double sum = 0;
    for (int k = 0; k < CLASSES; ++k) sum += exp(-nats[k][i]);
    return sum;
}

static void pictures_get_label_and_probability(void **state)
{
    (void)state;
    double nats[CLASSES][PICTURES], probability, bits;
    int label, used;
    need_pictures();
    score_classes(nats);
    run("$DARKNET pixelcnn classify $NET $SCRATCH/one.png $SCRATCH/more");
    static const char head[] = "label  probability  bits/dim  file\n";
    assert_memory_equal(r.out, head, strlen(head));
    const char *at = r.out + strlen(head);
    for (int i = 0; i < PICTURES; ++i) {
        char file[300], expected[300];
        snprintf(expected, sizeof expected, i ? "more/%d.png" : "one.png", i - 1);
        assert_int_equal(sscanf(at, "%d %lf %lf %299s\n%n", &label, &probability, &bits, file, &used), 4);
        assert_int_equal(label, shown_in(i) % CLASSES);
        assert_float_equal(probability, exp(-nats[label][i]) / evidence(nats, i), 1e-5);
        assert_float_equal(bits, -log(evidence(nats, i) / CLASSES) / VALUES / log(2), 1e-4);
        assert_string_equal(file + strlen(file) - strlen(expected), expected);
        at += used;
    }
    assert_int_equal(*at, 0);
    run("$DARKNET pixelcnn classify $NET $SCRATCH/one.png $SCRATCH/more $NET -limit 2");
    must_hold(r.out, "label  probability  file\n"); // an ensemble has no p(x)
}

static void pictures_are_classified_as_json_and_csv(void **state)
{
    (void)state;
    double nats[CLASSES][PICTURES];
    need_pictures();
    score_classes(nats);
    run("$DARKNET pixelcnn classify $NET $SCRATCH/one.png $SCRATCH/more -json -csv $SCRATCH/read.csv");
    assert_int_equal(number_in(r.out, "images"), PICTURES);
    const char *first = strstr(r.out, "\"each\": [{\"file\": ");
    assert_non_null(first);
    double sum = evidence(nats, 0), p[CLASSES];
    const char *all = strstr(first, "\"probabilities\": [");
    assert_int_equal(sscanf(all, "\"probabilities\": [%lf, %lf, %lf]}", p, p + 1, p + 2), CLASSES);
    for (int k = 0; k < CLASSES; ++k) assert_float_equal(p[k], exp(-nats[k][0]) / sum, 1e-5);
    assert_true(number_in(first, "label") == 0 && fabs(number_in(first, "probability") - p[0]) < 1e-12);
    char *csv = read_whole(scratch("read.csv"), 0), *at = strchr(csv, '\n') + 1;
    static const char head[] = "index,read,probability,nats_0,nats_1,nats_2,file\n";
    assert_memory_equal(csv, head, strlen(head));
    for (int i = 0, index, class; i < PICTURES; ++i, at = strchr(at, '\n') + 1) {
        double probability, n[CLASSES];
        assert_int_equal(sscanf(at, "%d,%d,%lf,%lf,%lf,%lf,/", &index, &class, &probability, n, n + 1, n + 2), 6);
        assert_true(index == i && class == shown_in(i) % CLASSES);
        for (int k = 0; k < CLASSES; ++k) assert_float_equal(n[k], nats[k][i], 1e-4);
    }
    free(csv);
    report();
}

/* Of files that are not there nothing is taken for a net. */
static void what_is_no_picture_is_named(void **state)
{
    (void)state;
    need_pictures();
    refused(0, "pixelcnn classify $NET $SCRATCH/one.png $SCRATCH/tow.png", "tow.png: cannot open: No such file");
    refused(0, "pixelcnn score $NET $SCRATCH/tow.png", "tow.png: cannot open: No such file");
    refused(0, "pixelcnn score $NET $SCRATCH/one.png $SHADES", "shades: neither a PNG or JPEG file nor a folder");
    refused(0, "pixelcnn classify $NET $SCRATCH/one.png $CFG", "good.cfg: a further net needs its WEIGHTS");
    refused("cp $SCRATCH/one.png $OUT/../copy.png;",
            "pixelcnn score $NET $SCRATCH/one.png $SCRATCH/copy.png -csv $SCRATCH/copy.png", "would overwrite");
    report();
}

/* ---- unusual ---- */

typedef struct {
    double nats, against, ratio, png, excess;
} unusual;

static void read_unusual(unusual *x, int n)
{
    const char *at = strchr(r.out, '\n') + 1;
    double bits;
    for (int i = 0, index; i < n; ++i, at = strchr(at, '\n') + 1)
        assert_int_equal(sscanf(at, "%d,%*[^,],%lf,%lf,%lf,%lf,%lf,%lf", &index, &x[i].nats, &bits, &x[i].against,
                                &x[i].ratio, &x[i].png, &x[i].excess),
                         7);
    assert_int_equal(*at, 0);
}

/* $OTHER, a small net without label, and its weights. */
static void need_other(void)
{
    char other[600];
    need_pictures();
    if (getenv("OTHER")) return;
    run("sed 's/filters=8/filters=4/; s/max_batches=300/max_batches=5/; /label_embed/,/dropout/d' ${NET% *} "
        ">$SCRATCH/b.cfg && $DARKNET pixelcnn train $SCRATCH/b.cfg $SHADES -backup $SCRATCH/b");
    snprintf(other, sizeof other, "%s %s", scratch("b.cfg"), scratch("b/b_final.weights"));
    setenv("OTHER", other, 1);
}

static void images_are_compared_with_a_second_net(void **state)
{
    (void)state;
    double nats[CLASSES][PICTURES], own[PICTURES];
    unusual x[PICTURES];
    unsigned char levels[VALUES];
    need_other();
    score_classes(nats);
    run("$DARKNET pixelcnn score $OTHER $SCRATCH/one.png $SCRATCH/more");
    const char *at = strchr(r.out, '\n') + 1;
    for (int i = 0; i < PICTURES; ++i, at = strchr(at, '\n') + 1)
        assert_int_equal(sscanf(at, "%*d,none,%lf", own + i), 1);
    run("$DARKNET pixelcnn score $NET $SCRATCH/one.png $SCRATCH/more -complexity -against $OTHER");
    static const char head[] = "index,label,nats,bits_per_dim,against_nats,ratio_nats,png_bits,excess_bits,file\n";
    assert_memory_equal(r.out, head, strlen(head));
    read_unusual(x, PICTURES);
    for (int i = 0; i < PICTURES; ++i) {
        assert_float_equal(x[i].nats, -log(evidence(nats, i) / CLASSES), 1e-4);
        assert_float_equal(x[i].against, own[i], 1e-5);
        assert_float_equal(x[i].ratio, x[i].nats - own[i], 2e-6);
        for (int p = 0; p < VALUES; ++p) levels[p] = level_of_byte(labelled_net()->pixels[shown_in(i)][p], LEVELS);
        assert_true(x[i].png == png_bits(levels, 1, HEIGHT, WIDTH));
        assert_float_equal(x[i].excess, x[i].nats / log(2) - x[i].png, 1e-5);
    }
}

/* Of a data set too, where p(x) is then the default; the sheet is in the order of the ratio. */
static void data_sets_are_compared_whatever_their_labels(void **state)
{
    (void)state;
    enum { N = 9 };
    unusual x[N];
    double ratio = 0, excess = 0;
    int usual = 0, w, h;
    need_other();
    run("$DARKNET pixelcnn score $NET $SHADES -against $OTHER -complexity -limit 9");
    must_hold(r.err, "whatever the label: p(x) is the mean");
    must_hold(r.out, "\n8,all,");
    read_unusual(x, N);
    run("$DARKNET pixelcnn score $NET $SHADES -against $OTHER -limit 9 -json -complexity -sheet $SCRATCH/s.png -n 1 "
        "-scale 1");
    for (int i = 0; i < N; ++i) {
        ratio += x[i].ratio / N;
        excess += x[i].excess / N;
        if (x[i].ratio < x[usual].ratio) usual = i;
    }
    assert_float_equal(number_in(r.out, "ratio_nats_per_image"), ratio, 1e-5);
    assert_float_equal(number_in(r.out, "excess_bits_per_image"), excess, 1e-5);
    unsigned char *sheet = read_grey_png(scratch("s.png"), &w, &h);
    for (int p = 0; p < VALUES; ++p) assert_int_equal(sheet[p], as_drawn(labelled_net()->pixels[usual][p]));
    free(sheet);
}

/* A second net with its own classes is averaged over these. */
static void a_second_net_has_its_own_classes(void **state)
{
    (void)state;
    unusual x[PICTURES];
    need_pictures();
    run("$DARKNET pixelcnn score $NET $SCRATCH/one.png $SCRATCH/more -label 1 -complexity -against $NET");
    read_unusual(x, PICTURES);
    double nats[CLASSES][PICTURES];
    score_classes(nats);
    for (int i = 0; i < PICTURES; ++i) {
        assert_float_equal(x[i].nats, nats[1][i], 1e-4);
        assert_float_equal(x[i].against, -log(evidence(nats, i) / CLASSES), 1e-4);
    }
    run("$DARKNET pixelcnn score $NET $SCRATCH/one.png $SCRATCH/more -json -complexity -against $NET");
    const char *each = strstr(r.out, "\"each\": [");
    assert_non_null(each);
    for (int i = 0; i < PICTURES; ++i, each = strchr(each, '}') + 1) {
        assert_int_equal(number_in(each, "index"), i);
        assert_float_equal(number_in(each, "ratio_nats"), 0, 1e-9);
        assert_float_equal(number_in(each, "excess_bits"), x[i].against / log(2) - x[i].png, 1e-4);
    }
    refused(0, "pixelcnn score $NET $SCRATCH/one.png -against $CFG", "-against: WEIGHTS is missing");
    refused(0, "pixelcnn score $NET $SCRATCH/one.png -against $CFG -json", "-against: WEIGHTS is missing");
    refused(0, "pixelcnn score $NET $SCRATCH/one.png -against=$CFG", "write -against CFG WEIGHTS");
    refused(0, "pixelcnn score $NET $SCRATCH/one.png -against nosuch.cfg $WEIGHTS", "nosuch.cfg: cannot open");
    refused(0, "pixelcnn score $NET $SCRATCH/one.png -against $PLAIN $PLAIN_WEIGHTS",
            "plain.cfg: 5 x 6 x 3 with levels=2; expected the size and levels of CFG, 5 x 6 x 1 with levels=4");
    refused(0, "pixelcnn score $NET $SCRATCH/one.png -against $CFG $WEIGHTS -csv $WEIGHTS", "would overwrite -against");
    report();
}

/* What zlib makes of rows that are predicted without error: repetition, whichever filter is the right one. */
static void the_best_filter_counts(void **state)
{
    (void)state;
    enum { SIDE = 32 };
    unsigned char x[3 * SIDE * SIDE], rows[SIDE * (SIDE + 1)], packed[2 * sizeof rows];
    for (int i = 0; i < SIDE * SIDE; ++i) x[i] = (i / SIDE * 7 + i % SIDE * 5) % 251; // the same step to the right
    memset(rows, 5, sizeof rows);
    for (int r0 = 0; r0 < SIDE; ++r0) rows[r0 * (SIDE + 1)] = 1, rows[r0 * (SIDE + 1) + 1] = x[r0 * SIDE];
    double bits = png_bits(x, 1, SIDE, SIDE);
    assert_in_range((int)bits, 8 * 20, 8 * 130); // of 1,024 bytes
    uLongf n = sizeof packed;
    unsigned state_of = 1;
    for (int i = 0; i < SIDE * SIDE; ++i) x[i] = (state_of = state_of * 1103515245 + 12345) >> 16;
    for (int r0 = 0; r0 < SIDE; ++r0)
        rows[r0 * (SIDE + 1)] = 0, memcpy(rows + r0 * (SIDE + 1) + 1, x + r0 * SIDE, SIDE);
    assert_int_equal(compress2(packed, &n, rows, sizeof rows, 9), Z_OK);
    assert_in_range((int)png_bits(x, 1, SIDE, SIDE), 8 * SIDE * SIDE, 8 * (int)n); // noise does not shrink
    for (int i = 0; i < 3 * SIDE * SIDE; ++i) x[i] = i % (SIDE * SIDE) % 251;      // colours that agree
    assert_true(png_bits(x, 3, SIDE, SIDE) < 2 * png_bits(x, 1, SIDE, SIDE));
}

TEST_MAIN(cmocka_unit_test(pictures_get_label_and_probability),
          cmocka_unit_test(pictures_are_classified_as_json_and_csv), cmocka_unit_test(what_is_no_picture_is_named),
          cmocka_unit_test(images_are_compared_with_a_second_net),
          cmocka_unit_test(data_sets_are_compared_whatever_their_labels),
          cmocka_unit_test(a_second_net_has_its_own_classes), cmocka_unit_test(the_best_filter_counts))
