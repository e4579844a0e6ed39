/*
test_library_errors.c - libpixelcnn reports errors, prints nothing, and does not affect the process.
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/labelled.h"
#include "tests/library_calls.h"

static pixelcnn *grey, *colour;

static void need_nets(void)
{
    need_world();
    if (grey) return;
    grey = load_net(path_of("DROPOUT"), path_of("WEIGHTS"), 2);
    colour = load_net(path_of("PLAIN"), path_of("PLAIN_WEIGHTS"), 2);
}

static void not_loaded(const char *cfg, const char *weights, int batch, const char *says)
{
    pixelcnn *p = pixelcnn_load(cfg, weights, batch);
    fails_with(!p, says);
    pixelcnn_free(p);
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    need_nets();
    const char *cfg = path_of("CFG"), *weights = path_of("WEIGHTS"), *bad = path_of("BAD");
    not_loaded(0, weights, 0, "pixelcnn_load: cfg: expected the name of a file, got NULL");
    not_loaded(cfg, 0, 0, "pixelcnn_load: weights: expected the name of a file, got NULL");
    not_loaded(cfg, weights, -1, "pixelcnn_load: batch -1: expected 0 to 65536");
    not_loaded(cfg, weights, 65537, "pixelcnn_load: batch 65537: expected");
    not_loaded("", weights, 0, ": cannot open: No such file");
    not_loaded("none.cfg", weights, 0, "none.cfg: cannot open: No such file");
    not_loaded(path_of("EMPTY"), weights, 0, "empty-folder: cannot open: Is a directory");
    not_loaded(cfg, "none.weights", 0, "none.weights: cannot open: No such file");
    not_loaded(cfg, path_of("EMPTY"), 0, "empty-folder: ");
    not_loaded(cfg, cfg, 0, "good.cfg: ");
    not_loaded(cfg, path_of("PLAIN_WEIGHTS"), 0, "plain_final.weights: & bytes, this net needs");
    not_loaded("cfg/gated_pixelcnn.cfg", weights, 0, "good_final.weights: & bytes, this net needs & truncated");
    write_text(bad, "");
    not_loaded(bad, weights, 0, "bad.cfg: has no sections");
    not_loaded(cfg, bad, 0, "bad.cfg: 0 bytes, a weights file has at least");
    write_text(bad, "[net]\nheight=6\nwidth=5\n[connected]\noutput=3\n[softmax]\n");
    not_loaded(bad, weights, 0, "bad.cfg: no [pixel_softmax] layer; not a Gated PixelCNN");
    write_text(bad, "[net]\nheight=6\nwidth=five\n[pixel_softmax]\nlevels=4\n");
    not_loaded(bad, weights, 0, "bad.cfg:3: [net] width=five: expected an integer");
    write_text(bad, "[net]\nheight=6\nwidth=5\n[gated_vstack]\nfilters=4\n[pixel_softmax]\nlevels=4\n");
    not_loaded(bad, weights, 0, "bad.cfg:6: [pixel_softmax]: the head must follow");
    report();
}

static unsigned char images[4 * 3 * VALUES], mask[VALUES];
static float labels[4 * CLASSES];
static double nats[4];

static void drawing_fails(double temperature, double guidance, int first, const char *says)
{
    pixelcnn_draw how = {0, first, temperature, guidance};
    char expected[256];
    snprintf(expected, sizeof expected, "pixelcnn_sample: %s", says);
    fails_with(pixelcnn_sample(grey, 4, labels, &how, images), expected);
    snprintf(expected, sizeof expected, "pixelcnn_complete: %s", says);
    fails_with(pixelcnn_complete(grey, 4, labels, mask, &how, images), expected);
}

static void bad_requests_are_refused(void **state)
{
    (void)state;
    need_nets();
    drawing_fails(-2, 0, 0, "temperature -2: expected 0 to 100 & or PIXELCNN_GREEDY");
    drawing_fails(101, 0, 0, "temperature 101: expected 0 to 100");
    drawing_fails(NAN, 0, 0, "temperature nan: expected 0 to 100");
    drawing_fails(1, -2, 0, "guidance -2: expected -1 to 100");
    drawing_fails(1, INFINITY, 0, "guidance inf: expected -1 to 100");
    drawing_fails(1, 0, -1, "first -1: expected 0 or more");
    drawing_fails(1, 0, 2147483647, "first 2147483647: expected 0 or more");
    fails_with(pixelcnn_sample(colour, 4, 0, &(pixelcnn_draw){0, 0, 1, 2}, images),
               "pixelcnn_sample: guidance 2: this net has no [label_embed]");
    fails_with(pixelcnn_labels(grey, "3", 4, labels), "-label 3: & expected a class from 0 to 2");
    fails_with(pixelcnn_labels(grey, "one", 4, labels), "-label one: & expected a class from 0 to 2");
    fails_with(pixelcnn_labels(grey, "all", 4, labels), "pixelcnn_labels: all: 4 images: expected a multiple of 3");
    fails_with(pixelcnn_labels(colour, "1", 4, labels), "pixelcnn_labels: this net has no [label_embed]");
    report();
}

static void bad_arrays_are_refused(void **state)
{
    (void)state;
    need_nets();
    fails_with(pixelcnn_sample(0, 4, 0, 0, images), "pixelcnn_sample: the net is NULL");
    fails_with(pixelcnn_complete(0, 4, 0, mask, 0, images), "pixelcnn_complete: the net is NULL");
    fails_with(pixelcnn_nll(0, 4, images, 0, nats), "pixelcnn_nll: the net is NULL");
    fails_with(pixelcnn_labels(0, "1", 4, labels), "pixelcnn_labels: the net is NULL");
    fails_with(pixelcnn_sample(grey, 0, 0, 0, images), "pixelcnn_sample: 0 images: expected 1 to");
    fails_with(pixelcnn_sample(grey, -3, 0, 0, images), "pixelcnn_sample: -3 images: expected 1 to");
    fails_with(pixelcnn_nll(grey, 100000000, images, 0, nats),
               "pixelcnn_nll: 100000000 images: expected 1 to 71582788");
    fails_with(pixelcnn_sample(grey, 4, 0, 0, 0), "pixelcnn_sample: images or results are NULL");
    fails_with(pixelcnn_complete(grey, 4, 0, mask, 0, 0), "pixelcnn_complete: images or results are NULL");
    fails_with(pixelcnn_complete(grey, 4, 0, 0, 0, images), "pixelcnn_complete: the mask is NULL");
    fails_with(pixelcnn_nll(grey, 4, 0, 0, nats), "pixelcnn_nll: images or results are NULL");
    fails_with(pixelcnn_nll(grey, 4, images, 0, 0), "pixelcnn_nll: images or results are NULL");
    fails_with(pixelcnn_labels(grey, "1", 4, 0), "pixelcnn_labels: images or results are NULL");
    fails_with(pixelcnn_sample(colour, 4, labels, 0, images), "pixelcnn_sample: labels: this net has no [label_embed]");
    labels[7] = NAN;
    fails_with(pixelcnn_nll(grey, 4, images, labels, nats), "pixelcnn_nll: labels: number 1 of image 2 is nan");
    labels[7] = 0;
    report();
}

static void what_failed_has_written_nothing(void **state)
{
    (void)state;
    unsigned char untouched[sizeof images];
    need_nets();
    memset(images, 77, sizeof images);
    memcpy(untouched, images, sizeof images);
    assert_int_equal(pixelcnn_sample(grey, 4, labels, &(pixelcnn_draw){0, 0, -2, 0}, images), -1);
    assert_memory_equal(images, untouched, sizeof images);
    assert_int_equal(pixelcnn_sample(grey, 4, labels, 0, images), 0);
    assert_true(memcmp(images, untouched, sizeof images) != 0);
}

/* ---- the process ---- */

static char *printed;

/* What body prints. */
static void hear(void (*body)(void))
{
    const char *path = scratch("heard");
    fflush(stdout);
    fflush(stderr);
    int out = dup(1), err = dup(2), file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    dup2(file, 1);
    dup2(file, 2);
    body();
    fflush(stdout);
    fflush(stderr);
    dup2(out, 1);
    dup2(err, 2);
    close(file);
    close(out);
    close(err);
    free(printed);
    printed = read_whole(path, 0);
}

static void use_all(void)
{
    pixelcnn *p = pixelcnn_load(path_of("CFG"), path_of("WEIGHTS"), 0);
    pixelcnn_sample(p, 2, 0, 0, images);
    pixelcnn_nll(p, 2, images, 0, nats);
    pixelcnn_complete(p, 2, 0, mask, 0, images);
    pixelcnn_free(p);
    pixelcnn_free(pixelcnn_load("none.cfg", "none", 0));
    pixelcnn_free(pixelcnn_load(path_of("CFG"), path_of("PLAIN_WEIGHTS"), 0));
    write_text(path_of("BAD"),
               "[net]\nheight=6\nwidth=5\n[gated_vstack]\nfilters=4\nsize=2\n[pixel_softmax]\nlevels=4\n");
    pixelcnn_free(pixelcnn_load(path_of("BAD"), path_of("WEIGHTS"), 0));
}

static void prints_nothing_unless_asked(void **state)
{
    (void)state;
    need_nets();
    hear(use_all);
    assert_string_equal(printed, "");
    pixelcnn_verbose(1);
    hear(use_all);
    pixelcnn_verbose(0);
    assert_non_null(strstr(printed, "layer     filters"));
    assert_non_null(strstr(printed, "Loading weights from"));
    assert_null(strstr(printed, "cannot open"));
    hear(use_all);
    assert_string_equal(printed, "");
}

static void random_numbers_are_the_programs(void **state)
{
    (void)state;
    need_nets();
    srand(7);
    int first = rand(), second = rand();
    srand(7);
    assert_int_equal(rand(), first);
    use_all();
    assert_int_equal(rand(), second);
}

/* Where 0.5 is written 0,5. */
static void another_locale_does_no_harm(void **state)
{
    (void)state;
    static run_result r;
    need_nets();
    mkdir(scratch("locales"), 0777);
    run_command(&r, "localedef -i de_DE -f UTF-8 $SCRATCH/locales/de_DE.utf8");
    setenv("LOCPATH", scratch("locales"), 1);
    if (!setlocale(LC_ALL, "de_DE.utf8")) {
        print_message("no definition of de_DE (Debian: locales): not tested in another locale\n");
        skip();
    }
    pixelcnn *p = pixelcnn_load(path_of("CFG"), path_of("WEIGHTS"), 0); // has learning_rate=0.001
    int failed = !p || pixelcnn_labels(p, "0:0.5,1:0.5", 1, labels);
    char point = *localeconv()->decimal_point;
    setlocale(LC_ALL, "C");
    if (failed) fail_msg("%s", pixelcnn_error());
    assert_true(labels[0] == .5f);
    assert_int_equal(point, ',');
    pixelcnn_free(p);
}

/* Each thread loads, draws, and hears its own errors. */
static void *one_of_many(void *what)
{
    int k = *(int *)what;
    unsigned char mine[VALUES], again[VALUES];
    char missing[32], expected[128];
    snprintf(missing, sizeof missing, "none%d.cfg", k);
    snprintf(expected, sizeof expected, "%s: cannot open: No such file or directory", missing);
    for (int i = 0; i < 20; ++i) {
        pixelcnn *p = pixelcnn_load(path_of("CFG"), path_of("WEIGHTS"), 0);
        if (!p || pixelcnn_load(missing, "x", 0) || strcmp(pixelcnn_error(), expected)) return "load";
        if (pixelcnn_sample(p, 1, 0, &(pixelcnn_draw){k, 0, 1, 0}, mine)) return "sample";
        if (pixelcnn_sample(grey, 1, 0, &(pixelcnn_draw){k, 0, 1, 0}, again)) return "sample";
        if (memcmp(mine, again, VALUES)) return "the same image";
        pixelcnn_free(p);
    }
    return 0;
}

static void threads_take_turns(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    int numbers[THREADS];
    need_nets();
    for (int i = 0; i < THREADS; ++i) {
        numbers[i] = i;
        assert_int_equal(pthread_create(threads + i, 0, one_of_many, numbers + i), 0);
    }
    for (int i = 0; i < THREADS; ++i) {
        void *failed;
        pthread_join(threads[i], &failed);
        if (failed) fail_msg("thread %d: %s", i, (char *)failed);
    }
}

static void only_the_headers_functions_are_exported(void **state)
{
    (void)state;
    static run_result exported, declared;
    need_world();
    Dl_info library;
    assert_true(dladdr((void *)pixelcnn_load, &library));
    run_command(&exported, "nm -D --defined-only %s | sed -n 's/.* T \\([^@]*\\).*/\\1/p' | sort -u",
                library.dli_fname);
    run_command(&declared,
                "grep -v typedef library/pixelcnn.h | grep -o '^[^ #].*pixelcnn_[a-z_]*(' | sed 's/.*[ *]//; s/(//' | "
                "sort -u");
    assert_string_equal(exported.out, declared.out);
    assert_non_null(strstr(exported.out, "pixelcnn_load\n"));
}

TEST_MAIN(cmocka_unit_test(bad_files_are_refused), cmocka_unit_test(bad_requests_are_refused),
          cmocka_unit_test(bad_arrays_are_refused), cmocka_unit_test(what_failed_has_written_nothing),
          cmocka_unit_test(prints_nothing_unless_asked), cmocka_unit_test(random_numbers_are_the_programs),
          cmocka_unit_test(another_locale_does_no_harm), cmocka_unit_test(threads_take_turns),
          cmocka_unit_test(only_the_headers_functions_are_exported))
