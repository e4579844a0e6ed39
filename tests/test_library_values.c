/*
test_library_values.c - libpixelcnn loads from memory, says what a net thinks of each value, and gives and
takes its weights.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/labelled.h"
#include "tests/library_calls.h"

enum { N = 7, MOST_COLOURS = 3 }; // N is no multiple of the batch

static pixelcnn *grey, *colour;
static unsigned char images[N * MOST_COLOURS * VALUES];
static float labels[N * CLASSES];

static void need_nets(void)
{
    need_world();
    if (!grey) {
        grey = load_net(path_of("DROPOUT"), path_of("WEIGHTS"), 3);
        colour = load_net(path_of("PLAIN"), path_of("PLAIN_WEIGHTS"), 3);
    }
    for (size_t i = 0; i < sizeof images; ++i) images[i] = i * 2654435761u >> 24;
    succeeds(pixelcnn_labels(grey, "2,0,1", N, labels));
}

/* ---- from memory ---- */

static void a_net_in_memory_is_that_of_the_files(void **state)
{
    (void)state;
    static unsigned char drawn[2][N * VALUES];
    double nats[2][N];
    size_t bytes;
    need_nets();
    char *cfg = read_whole(path_of("DROPOUT"), 0), *weights = read_whole(path_of("WEIGHTS"), &bytes);
    pixelcnn *p = pixelcnn_load_memory(cfg, weights, bytes, 3);
    if (!p) fail_msg("%s", pixelcnn_error());
    memset(cfg, 'x', strlen(cfg)); // not used any more
    memset(weights, 255, bytes);
    free(cfg);
    free(weights);
    succeeds(pixelcnn_sample(grey, N, 0, 0, drawn[0]));
    succeeds(pixelcnn_sample(p, N, 0, 0, drawn[1]));
    assert_memory_equal(drawn[0], drawn[1], sizeof drawn[0]);
    succeeds(pixelcnn_nll(grey, N, images, labels, nats[0]));
    succeeds(pixelcnn_nll(p, N, images, labels, nats[1]));
    assert_memory_equal(nats[0], nats[1], sizeof nats[0]);
    pixelcnn_free(p);
}

static void not_loaded(const char *cfg, const void *weights, size_t bytes, int batch, const char *says)
{
    pixelcnn *p = pixelcnn_load_memory(cfg, weights, bytes, batch);
    fails_with(!p, says);
    pixelcnn_free(p);
}

static void bad_memory_is_refused(void **state)
{
    (void)state;
    size_t bytes;
    need_nets();
    char *cfg = read_whole(path_of("CFG"), 0), *weights = read_whole(path_of("WEIGHTS"), &bytes), text[TEXT];
    not_loaded(0, weights, bytes, 0, "pixelcnn_load_memory: cfg is NULL");
    not_loaded(cfg, 0, 0, 0, "pixelcnn_load_memory: weights is NULL");
    not_loaded(cfg, weights, bytes, -1, "pixelcnn_load_memory: batch -1: expected 0 to 65536");
    not_loaded("", weights, bytes, 0, "cfg: has no sections");
    not_loaded("[net]\nheight=6\nwidth=five\n[pixel_softmax]\nlevels=4\n", weights, bytes, 0,
               "cfg:3: [net] width=five: expected an integer");
    not_loaded("[net]\nheight=6\nwidth=5\n[connected]\noutput=3\n[softmax]\n", weights, bytes, 0,
               "cfg: no [pixel_softmax] layer");
    not_loaded(cfg, weights, 0, 0, "weights: 0 bytes, a weights file has at least");
    not_loaded(cfg, weights, 15, 0, "weights: 15 bytes, a weights file has at least");
    not_loaded(cfg, weights, 19, 0, "weights: 19 bytes: truncated within the header");
    not_loaded(cfg, weights, bytes - 1, 0, "weights: & bytes, this net needs & truncated");
    splice_text(text, cfg, strstr(cfg, "size=3"), 6, "size=5");
    not_loaded(text, weights, bytes, 0, "weights: ");
    memset(weights + 24, 255, 4);
    not_loaded(cfg, weights, bytes, 0, "weights: layer 0, E[1] = & NaN or infinity");
    free(cfg);
    free(weights);
    report();
}

/* ---- values ---- */

static void is_near(const char *what, double x, double y)
{
    if (!(fabs(x - y) <= 1e-6 * (1 + fabs(y)))) fail_msg("%s: %.9g, expected %.9g", what, x, y);
}

/* The sum over each image is its NLL. */
static void values_sum_up(pixelcnn *p, int c, const float *of_images)
{
    double nats[N], values[N * MOST_COLOURS * VALUES];
    succeeds(pixelcnn_nll(p, N, images, of_images, nats));
    succeeds(pixelcnn_nll_values(p, N, images, of_images, values));
    for (int i = 0; i < N; ++i) {
        double sum = 0;
        for (int v = 0; v < c * VALUES; ++v) sum += values[i * c * VALUES + v];
        is_near("sum of the values", sum, nats[i]);
    }
}

static void the_values_of_an_image_sum_to_its_nll(void **state)
{
    (void)state;
    need_nets();
    values_sum_up(grey, 1, labels);
    values_sum_up(grey, 1, 0);
    values_sum_up(colour, 3, 0);
}

static int level_of(int value, int levels) { return value * levels / 256; }

/* -log softmax, by the definition. */
static void logits_explain(pixelcnn *p, int c, const float *of_images)
{
    static float logits[N * MOST_COLOURS * LEVELS * VALUES];
    double values[N * MOST_COLOURS * VALUES];
    int levels = pixelcnn_levels(p);
    succeeds(pixelcnn_logits(p, N, images, of_images, logits));
    succeeds(pixelcnn_nll_values(p, N, images, of_images, values));
    for (int v = 0; v < N * c * VALUES; ++v) {
        const float *x = logits + v / VALUES * levels * VALUES + v % VALUES;
        double sum = 0;
        for (int l = 0; l < levels; ++l) sum += exp(x[l * VALUES]);
        is_near("nats by the logits", values[v], log(sum) - x[level_of(images[v], levels) * VALUES]);
    }
}

static void logits_are_those_of_the_nats(void **state)
{
    (void)state;
    need_nets();
    logits_explain(grey, 1, labels);
    logits_explain(colour, 3, 0);
    fails_with(pixelcnn_logits(grey, N, images, 0, (float *)images),
               "pixelcnn_logits: labels are NULL: this net needs them");
    fails_with(pixelcnn_logits(grey, N, images, labels, 0), "pixelcnn_logits: images or results are NULL");
    fails_with(pixelcnn_nll_values(0, N, images, 0, (double *)images), "pixelcnn_nll_values: the net is NULL");
    report();
}

/* A greedy drawing has the level of the greatest logit everywhere. */
static void a_greedy_drawing_follows_the_logits(void **state)
{
    (void)state;
    static unsigned char drawn[N * VALUES];
    static float logits[N * LEVELS * VALUES];
    need_nets();
    succeeds(pixelcnn_sample(grey, N, labels, &(pixelcnn_draw){.temperature = PIXELCNN_GREEDY}, drawn));
    succeeds(pixelcnn_logits(grey, N, drawn, labels, logits));
    for (int v = 0; v < N * VALUES; ++v) {
        const float *x = logits + v / VALUES * LEVELS * VALUES + v % VALUES;
        for (int l = 0; l < LEVELS; ++l) assert_true(x[l * VALUES] <= x[level_of(drawn[v], LEVELS) * VALUES] + 1e-5f);
    }
}

/* Without labels: the classes' probabilities so far weigh their next ones. */
static void values_without_label_mix_the_classes(void **state)
{
    (void)state;
    double of_class[CLASSES][N * VALUES], mixed[N * VALUES];
    need_nets();
    for (int k = 0; k < CLASSES; ++k) {
        float one[N * CLASSES] = {0};
        for (int i = 0; i < N; ++i) one[i * CLASSES + k] = 1;
        succeeds(pixelcnn_nll_values(grey, N, images, one, of_class[k]));
    }
    succeeds(pixelcnn_nll_values(grey, N, images, 0, mixed));
    for (int i = 0; i < N; ++i) {
        double share[CLASSES] = {1. / CLASSES, 1. / CLASSES, 1. / CLASSES};
        for (int v = i * VALUES; v < (i + 1) * VALUES; ++v) {
            double p = 0;
            for (int k = 0; k < CLASSES; ++k) p += share[k] * exp(-of_class[k][v]);
            is_near("nats without label", mixed[v], -log(p));
            for (int k = 0; k < CLASSES; ++k) share[k] *= exp(-of_class[k][v]) / p;
        }
    }
}

/* ---- weights ---- */

/* As docs/dev/formats.md and the PyTorch module name and shape them. */
static void arrays_are_named_and_shaped(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int shape[PIXELCNN_DIMS];
    } expected[] = {{"layers.0.E", {3, 2}},       {"layers.1.b", {8}},         {"layers.1.W", {8, 1, 2, 3}},
                    {"layers.1.V", {8, 2}},       {"layers.2.W", {8, 1, 1}},   {"layers.2.W_l", {8, 8}},
                    {"layers.2.V", {8, 2}},       {"layers.2.b_r", {4}},       {"layers.2.W_r", {4, 4}},
                    {"layers.3.W", {8, 4, 2, 3}}, {"layers.4.W", {8, 4, 2}},   {"layers.5.W_s.0", {4, 4}},
                    {"layers.5.W_s.1", {4, 4}},   {"layers.6.b", {8}},         {"layers.6.W", {8, 4, 1, 1}},
                    {"layers.8.b", {4}},          {"layers.8.W", {4, 8, 1, 1}}};
    need_nets();
    int n = pixelcnn_arrays(grey), found = 0;
    for (int i = 0; i < n; ++i) {
        char name[64];
        int shape[PIXELCNN_DIMS];
        size_t floats = 1, said = pixelcnn_array(grey, i, name, sizeof name, shape);
        for (int d = 0; d < PIXELCNN_DIMS && shape[d]; ++d) floats *= shape[d];
        if (floats != said) fail_msg("%s: %zu floats, its shape has %zu", name, said, floats);
        for (int k = 0; k < COUNT(expected); ++k) {
            if (strcmp(name, expected[k].name)) continue;
            assert_memory_equal(shape, expected[k].shape, sizeof shape);
            ++found;
        }
    }
    print_message("%d arrays\n", n);
    assert_int_equal(found, COUNT(expected));
    char cut[4];
    assert_true(pixelcnn_array(grey, 0, cut, sizeof cut, 0) > 0);
    assert_string_equal(cut, "lay");
    assert_true(pixelcnn_array(grey, 0, 0, 0, 0) > 0);
    assert_int_equal(pixelcnn_arrays(0), -1);
    fails_with(!pixelcnn_array(grey, n, cut, sizeof cut, 0), "pixelcnn_array: array & this net has arrays 0 to");
    fails_with(!pixelcnn_array(grey, -1, cut, sizeof cut, 0), "pixelcnn_array: array -1: this net has arrays 0 to");
    report();
}

/* All arrays, one after the other. Free them. */
static float *all_arrays(pixelcnn *p, size_t *n)
{
    float *all = calloc(1 << 16, sizeof *all);
    *n = 0;
    for (int i = 0; i < pixelcnn_arrays(p); ++i) {
        succeeds(pixelcnn_get_array(p, i, all + *n));
        *n += pixelcnn_array(p, i, 0, 0, 0);
    }
    return all;
}

static void arrays_are_those_of_the_file(void **state)
{
    (void)state;
    need_nets();
    for (int k = 0; k < 2; ++k) {
        size_t n, bytes;
        float *all = all_arrays(k ? colour : grey, &n);
        char *file = read_whole(path_of(k ? "PLAIN_WEIGHTS" : "WEIGHTS"), &bytes);
        assert_int_equal(bytes, 20 + n * sizeof(float));
        assert_memory_equal(file + 20, all, n * sizeof(float));
        succeeds(pixelcnn_save(k ? colour : grey, scratch("saved.weights")));
        char *saved = read_whole(scratch("saved.weights"), 0);
        assert_memory_equal(saved, file, bytes);
        free(all);
        free(file);
        free(saved);
    }
}

/* Weights that are set act at once, in drawing and scoring, and are what is saved. */
static void set_weights_are_used(void **state)
{
    (void)state;
    double before[N], after[N], again[N];
    unsigned char drawn[2][N * VALUES];
    need_nets();
    pixelcnn *p = load_net(path_of("DROPOUT"), path_of("WEIGHTS"), 3), *q;
    succeeds(pixelcnn_nll(p, N, images, labels, before));
    for (int i = 0; i < pixelcnn_arrays(p); ++i) {
        size_t n = pixelcnn_array(p, i, 0, 0, 0);
        float *x = calloc(n, sizeof *x);
        succeeds(pixelcnn_get_array(p, i, x));
        for (size_t k = 0; k < n; ++k) x[k] = x[k] * .75f + (k % 3 - 1) * .05f;
        succeeds(pixelcnn_set_array(p, i, x));
        free(x);
    }
    succeeds(pixelcnn_nll(p, N, images, labels, after));
    succeeds(pixelcnn_sample(p, N, labels, 0, drawn[0]));
    assert_true(fabs(after[0] - before[0]) > 1e-3);
    succeeds(pixelcnn_save(p, scratch("set.weights")));
    q = pixelcnn_load(path_of("DROPOUT"), scratch("set.weights"), 3);
    if (!q) fail_msg("%s", pixelcnn_error());
    succeeds(pixelcnn_nll(q, N, images, labels, again));
    succeeds(pixelcnn_sample(q, N, labels, 0, drawn[1]));
    assert_memory_equal(after, again, sizeof after);
    assert_memory_equal(drawn[0], drawn[1], sizeof drawn[0]);
    pixelcnn_free(p);
    pixelcnn_free(q);
}

/* The number of an array by its name. */
static int array_of(pixelcnn *p, const char *name)
{
    char is[64];
    for (int i = 0; i < pixelcnn_arrays(p); ++i)
        if (pixelcnn_array(p, i, is, sizeof is, 0) && !strcmp(is, name)) return i;
    fail_msg("no array %s", name);
    return -1;
}

static void bad_weights_are_refused(void **state)
{
    (void)state;
    need_nets();
    size_t n, again;
    float *all = all_arrays(colour, &n);
    int w = array_of(colour, "layers.1.W_r"), b = array_of(colour, "layers.1.b");
    float *x = calloc(n, sizeof *x);
    for (size_t k = 0; k < n; ++k) x[k] = 1;
    fails_with(pixelcnn_set_array(colour, w, x),
               "pixelcnn_set_array: layers.1.W_r: number & masked by the order of colours");
    x[2] = NAN;
    fails_with(pixelcnn_set_array(colour, b, x), "pixelcnn_set_array: layers.1.b: number 2 is nan: NaN or infinity");
    fails_with(pixelcnn_set_array(colour, b, 0), "pixelcnn_set_array: the values are NULL");
    fails_with(pixelcnn_get_array(colour, b, 0), "pixelcnn_get_array: the values are NULL");
    fails_with(pixelcnn_get_array(colour, 1000, x), "pixelcnn_get_array: array 1000: this net has arrays 0 to");
    fails_with(pixelcnn_set_array(0, 0, x), "pixelcnn_set_array: the net is NULL");
    fails_with(pixelcnn_save(0, scratch("no.weights")), "pixelcnn_save: the net is NULL");
    fails_with(pixelcnn_save(colour, 0), "pixelcnn_save: expected the name of a file, got NULL");
    fails_with(pixelcnn_save(colour, path_of("EMPTY")), "empty-folder: cannot write: Is a directory");
    fails_with(pixelcnn_save(colour, "/nowhere/x.weights"), "/nowhere/x.weights: cannot create: No such file");
    float *unchanged = all_arrays(colour, &again);
    assert_memory_equal(all, unchanged, n * sizeof(float));
    free(all);
    free(unchanged);
    free(x);
    report();
}

/* ---- names ---- */

static void classes_have_names(void **state)
{
    (void)state;
    static const char *const names[] = {"car", "big, red bird", "cat"}, *const twice[] = {"a", "b", "a"},
                             *const empty[] = {"a", "", "b"};
    float by_name[3 * CLASSES], by_number[3 * CLASSES];
    need_nets();
    pixelcnn *p = load_net(path_of("DROPOUT"), path_of("WEIGHTS"), 3), *q;
    fails_with(!pixelcnn_class_name(p, 0),
               "pixelcnn_class_name: the classes of this net have no names: no .names file");
    succeeds(pixelcnn_name_classes(p, names));
    assert_string_equal(pixelcnn_class_name(p, 1), "big, red bird");
    succeeds(pixelcnn_labels(p, "cat,BIG, red bird,car", 3, by_name));
    succeeds(pixelcnn_labels(p, "2,1,0", 3, by_number));
    assert_memory_equal(by_name, by_number, sizeof by_name);
    fails_with(pixelcnn_labels(p, "dog", 3, by_name), "-label dog: 'dog': no such class");
    fails_with(pixelcnn_name_classes(p, twice), "pixelcnn_name_classes: two classes have the name a");
    fails_with(pixelcnn_name_classes(p, empty), "pixelcnn_name_classes: class 1: the name is empty");
    fails_with(!pixelcnn_class_name(p, 3), "pixelcnn_class_name: class 3: expected 0 to 2");
    fails_with(!pixelcnn_class_name(colour, 0), "pixelcnn_class_name: this net has no classes");
    fails_with(pixelcnn_name_classes(colour, names), "pixelcnn_name_classes: this net has no classes");
    fails_with(!pixelcnn_class_name(0, 0), "pixelcnn_class_name: the net is NULL");
    succeeds(pixelcnn_save(p, scratch("named.weights")));
    char *text = read_whole(scratch("named.names"), 0);
    assert_string_equal(text, "car\nbig, red bird\ncat\n");
    free(text);
    q = pixelcnn_load(path_of("DROPOUT"), scratch("named.weights"), 3);
    if (!q) fail_msg("%s", pixelcnn_error());
    assert_string_equal(pixelcnn_class_name(q, 2), "cat");
    succeeds(pixelcnn_name_classes(q, 0));
    assert_null(pixelcnn_class_name(q, 2));
    pixelcnn_free(p);
    pixelcnn_free(q);
    report();
}

TEST_MAIN(cmocka_unit_test(a_net_in_memory_is_that_of_the_files), cmocka_unit_test(bad_memory_is_refused),
          cmocka_unit_test(the_values_of_an_image_sum_to_its_nll), cmocka_unit_test(logits_are_those_of_the_nats),
          cmocka_unit_test(a_greedy_drawing_follows_the_logits), cmocka_unit_test(values_without_label_mix_the_classes),
          cmocka_unit_test(arrays_are_named_and_shaped), cmocka_unit_test(arrays_are_those_of_the_file),
          cmocka_unit_test(set_weights_are_used), cmocka_unit_test(bad_weights_are_refused),
          cmocka_unit_test(classes_have_names))
