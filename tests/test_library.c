/*
test_library.c - libpixelcnn samples, scores and completes like the commands.
*/
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/labelled.h"
#include "tests/library_calls.h"

enum { MANY = 12 }; // images of the test set

static run_result r;

static pixelcnn *grey(void) { return load_net(path_of("DROPOUT"), path_of("WEIGHTS"), 0); }

static void is_what_the_cfg_says(void **state)
{
    (void)state;
    need_world();
    pixelcnn *p = grey(), *c = load_net(path_of("PLAIN"), path_of("PLAIN_WEIGHTS"), 3);
    assert_int_equal(pixelcnn_channels(p), 1);
    assert_int_equal(pixelcnn_height(p), HEIGHT);
    assert_int_equal(pixelcnn_width(p), WIDTH);
    assert_int_equal(pixelcnn_levels(p), LEVELS);
    assert_int_equal(pixelcnn_classes(p), CLASSES);
    assert_int_equal(pixelcnn_channels(c), 3);
    assert_int_equal(pixelcnn_levels(c), 2);
    assert_int_equal(pixelcnn_classes(c), 0);
    assert_string_equal(pixelcnn_version(), PIXELCNN_VERSION);
    pixelcnn_free(p);
    pixelcnn_free(c);
    pixelcnn_free(0);
}

/* Memory for passes is taken by the first of them. */
static void loading_takes_what_weights_take(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); // its own memory counts
#endif
    long before = resident_kib(getpid());
    pixelcnn *p = pixelcnn_load("cfg/gated_pixelcnn.cfg", "weights/gated_pixelcnn.weights", 0);
    long after = resident_kib(getpid());
    if (!p) fail_msg("%s", pixelcnn_error());
    print_message("%ld KiB\n", after - before);
    assert_true(after - before < 30000);
    pixelcnn_free(p);
}

/* Those beside the weights. */
static void labels_may_be_names(void **state)
{
    (void)state;
    need_world();
    float labels[2 * CLASSES];
    char file[512];
    snprintf(file, sizeof file, "%s", path_of("WEIGHTS"));
    strcpy(strstr(file, ".weights"), ".names");
    write_text(file, "cat\ndog\nhen\n");
    pixelcnn *p = grey();
    succeeds(pixelcnn_labels(p, "hen,cat", 2, labels));
    for (int k = 0; k < 2 * CLASSES; ++k) assert_true(labels[k] == (k == 2 || k == CLASSES));
    assert_int_not_equal(pixelcnn_labels(p, "cow", 2, labels), 0);
    assert_non_null(strstr(pixelcnn_error(), "'cow': no such class"));
    pixelcnn_free(p);
    remove(file);
}

/* ---- as the commands ---- */

static void run_drawing(const char *command, const char *options)
{
    run_command(&r, "$DARKNET pixelcnn %s %s -scale 1 -out $SCRATCH/drawn.png", command, options);
    if (r.status) fail_msg("%s %s: %s", command, options, r.err);
}

/* Images from .. from+n-1 of the sheet just drawn. */
static void same_as_drawn(const char *what, const unsigned char *images, int from, int n, int columns)
{
    int w, h;
    unsigned char *sheet = read_grey_png(scratch("drawn.png"), &w, &h);
    for (int i = 0; i < n * VALUES; ++i) {
        int at = from + i / VALUES, p = i % VALUES;
        if (*sheet_pixel(sheet, w, at / columns, at % columns, p / WIDTH, p % WIDTH) != images[i])
            fail_msg("%s: image %d differs at value %d", what, at, p);
    }
    free(sheet);
}

static void draws_what_sample_draws(void **state)
{
    (void)state;
    static const struct {
        const char *options, *label;
        int n, columns;
        pixelcnn_draw how;
    } drawings[] = {{"-n 5 -label 1", "1", 5, 3, PIXELCNN_DRAW},
                    {"-n 5", 0, 5, 3, PIXELCNN_DRAW},
                    {"-n 5 -label none -seed 7", "none", 5, 3, {7, 0, 1, 0}},
                    {"-n 9 -label 0:0.5,1:0.5 -seed 2147483647 -temp 0.5", "0:0.5,1:0.5", 9, 3, {2147483647, 0, .5, 0}},
                    {"-n 4 -label 2 -guidance 2.5 -temp 2", "2", 4, 2, {0, 0, 2, 2.5}},
                    {"-n 4 -label 2 -temp 0", "2", 4, 2, {0, 0, PIXELCNN_GREEDY, 0}},
                    {"-n 7 -label 2,0,1,0", "2,0,1,0", 7, 3, {0}},
                    {"-n 40 -label all -seed 3", "all", 120, 40, {3, 0, 1, 0}}};
    need_world();
    pixelcnn *p = grey();
    for (int i = 0; i < COUNT(drawings); ++i) {
        char options[256];
        static unsigned char images[120 * VALUES];
        static float labels[120 * CLASSES];
        snprintf(options, sizeof options, "$DROPOUT $WEIGHTS %s", drawings[i].options);
        run_drawing("sample", options);
        succeeds(pixelcnn_labels(p, drawings[i].label, drawings[i].n, labels));
        succeeds(pixelcnn_sample(p, drawings[i].n, labels, &drawings[i].how, images));
        same_as_drawn(drawings[i].options, images, 0, drawings[i].n, drawings[i].columns);
        pixelcnn_draw last = drawings[i].how;
        last.first = drawings[i].n - 1;
        succeeds(pixelcnn_sample(p, 1, labels + last.first * CLASSES, &last, images));
        same_as_drawn(drawings[i].options, images, last.first, 1, drawings[i].columns);
    }
    pixelcnn_free(p);
}

/* Without labels and without options. */
static void the_default_is_each_class_in_turn_and_seed_0(void **state)
{
    (void)state;
    unsigned char images[7 * VALUES], given[7 * VALUES] = {0}, none[VALUES] = {0};
    need_world();
    pixelcnn *p = grey();
    run_drawing("sample", "$DROPOUT $WEIGHTS -n 7");
    succeeds(pixelcnn_sample(p, 7, 0, 0, images));
    same_as_drawn("NULL", images, 0, 7, 3);
    succeeds(pixelcnn_complete(p, 7, 0, none, 0, given));
    assert_memory_equal(images, given, sizeof images);
    succeeds(pixelcnn_sample(p, 2, 0, &(pixelcnn_draw){.first = 5}, images));
    same_as_drawn("first", images, 5, 2, 3);
    pixelcnn_free(p);
}

static void draws_in_colour(void **state)
{
    (void)state;
    int w, h;
    unsigned char images[3 * VALUES];
    need_world();
    pixelcnn *p = load_net(path_of("PLAIN"), path_of("PLAIN_WEIGHTS"), 0);
    run_drawing("sample", "$PLAIN $PLAIN_WEIGHTS -n 1 -seed 4");
    succeeds(pixelcnn_sample(p, 1, 0, &(pixelcnn_draw){4, 0, 1, 0}, images));
    unsigned char *drawn = read_png(scratch("drawn.png"), 3, &w, &h);
    for (int i = 0; i < 3 * VALUES; ++i) assert_int_equal(images[i], drawn[i % VALUES * 3 + i / VALUES]);
    free(drawn);
    pixelcnn_free(p);
}

/* Bytes of a file of a test set behind its head. */
static void read_idx(const char *data, const char *name, int head, int n, unsigned char *to)
{
    char path[512];
    size_t bytes;
    snprintf(path, sizeof path, "%s/t10k-%s-ubyte", path_of(data), name);
    char *file = read_whole(path, &bytes);
    assert_int_equal(bytes, head + n);
    memcpy(to, file + head, n);
    free(file);
}

/* What score prints of each image. */
static void run_score(const char *arguments, char (*nats)[32])
{
    run_command(&r, "$DARKNET pixelcnn score %s", arguments);
    if (r.status) fail_msg("%s: %s", arguments, r.err);
    const char *line = strchr(r.out, '\n') + 1;
    for (int i = 0; i < MANY; ++i, line = strchr(line, '\n') + 1)
        assert_int_equal(sscanf(line, "%*d,%*[^,],%31[^,],", nats[i]), 1);
}

static void scores_as(const char *cfg, const char *weights, const char *arguments, const unsigned char *images,
                      const float *labels)
{
    static const int batches[] = {0, 1, 5, 12};
    char said[MANY][32], mine[32];
    run_score(arguments, said);
    for (int b = 0; b < COUNT(batches); ++b) {
        double nats[MANY];
        pixelcnn *p = load_net(path_of(cfg), path_of(weights), batches[b]);
        succeeds(pixelcnn_nll(p, MANY, images, labels, nats));
        for (int i = 0; i < MANY; ++i) {
            snprintf(mine, sizeof mine, "%.6f", nats[i]);
            if (!batches[b]) assert_string_equal(mine, said[i]);
            assert_float_equal(nats[i], atof(said[i]), 1e-4);
        }
        pixelcnn_free(p);
    }
}

static void scores_what_score_scores(void **state)
{
    (void)state;
    float labels[MANY * CLASSES] = {0};
    unsigned char images[MANY * VALUES], class[MANY], colour[MANY * 3 * VALUES];
    need_world();
    read_idx("DATA", "images-idx3", 16, sizeof images, images);
    read_idx("DATA", "labels-idx1", 8, sizeof class, class);
    read_idx("RGB", "images-idx4", 20, sizeof colour, colour);
    for (int i = 0; i < MANY; ++i) labels[i * CLASSES + class[i]] = 1;
    scores_as("DROPOUT", "WEIGHTS", "$DROPOUT $WEIGHTS $DATA", images, labels);
    scores_as("DROPOUT", "WEIGHTS", "$DROPOUT $WEIGHTS $DATA -label all", images, 0);
    memset(labels, 0, sizeof labels);
    scores_as("DROPOUT", "WEIGHTS", "$DROPOUT $WEIGHTS $DATA -label none", images, labels);
    scores_as("PLAIN", "PLAIN_WEIGHTS", "$PLAIN $PLAIN_WEIGHTS $RGB", colour, 0);
}

static void completes_what_complete_completes(void **state)
{
    (void)state;
    enum { EACH = 4, ROWS = 3 };
    unsigned char mask[VALUES] = {0}, images[MANY * VALUES], given[EACH * VALUES];
    float labels[EACH * CLASSES];
    need_world();
    pixelcnn *p = grey();
    read_idx("DATA", "images-idx3", 16, sizeof images, images);
    run_drawing("complete", "$DROPOUT $WEIGHTS $DATA -image 1 -rows 3 -n 4 -label 2 -seed 5 -guidance 1");
    memset(mask, 255, ROWS * WIDTH);
    for (int i = 0; i < EACH; ++i) memcpy(given + i * VALUES, images + VALUES, VALUES);
    succeeds(pixelcnn_labels(p, "2", EACH, labels));
    succeeds(pixelcnn_complete(p, EACH, labels, mask, &(pixelcnn_draw){5, 0, 1, 1}, given));
    same_as_drawn("complete", given, 2, EACH, 2 + EACH); // behind the original and its given part
    pixelcnn_free(p);
}

TEST_MAIN(cmocka_unit_test(loading_takes_what_weights_take), cmocka_unit_test(is_what_the_cfg_says),
          cmocka_unit_test(labels_may_be_names), cmocka_unit_test(draws_what_sample_draws),
          cmocka_unit_test(the_default_is_each_class_in_turn_and_seed_0), cmocka_unit_test(draws_in_colour),
          cmocka_unit_test(scores_what_score_scores), cmocka_unit_test(completes_what_complete_completes))
