/*
test_reported_labels_library.c - regression tests of reported bugs: labels, defaults, NULL, forks and Python
with the public library. LD_LIBRARY_PATH and TESTED_PYTHON=DIR select another build's library and module.
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/labelled.h"
#include "tests/library_calls.h"

enum { N = 7 };

static run_result r;
static pixelcnn *plain, *dropped; // the same weights without and with label dropout
static unsigned char a[N * VALUES], b[N * VALUES], mask[VALUES];

static void need_nets(void)
{
    need_world();
    if (plain) return;
    plain = load_net(path_of("CFG"), path_of("WEIGHTS"), 0);
    dropped = load_net(path_of("DROPOUT"), path_of("WEIGHTS"), 0);
}

static void labels_of(pixelcnn *p, const char *words, int n, float *labels)
{
    succeeds(pixelcnn_labels(p, words, n, labels));
}

/* ---- zero is the default ---- */

static void a_struct_of_zeros_is_the_default(void **state)
{
    (void)state;
    need_nets();
    float labels[N * CLASSES];
    labels_of(plain, "1", N, labels);
    succeeds(pixelcnn_sample(plain, N, labels, &(pixelcnn_draw){7, 0, 1, 0}, a));
    succeeds(pixelcnn_sample(plain, N, labels, &(pixelcnn_draw){.seed = 7}, b));
    assert_memory_equal(a, b, sizeof a);
    memset(b, 0, sizeof b);
    succeeds(pixelcnn_complete(plain, N, labels, mask, &(pixelcnn_draw){.seed = 7}, b));
    assert_memory_equal(a, b, sizeof a);
    succeeds(pixelcnn_sample(plain, N, labels, &(pixelcnn_draw){0}, a));
    succeeds(pixelcnn_sample(plain, N, labels, 0, b));
    assert_memory_equal(a, b, sizeof a);
}

static void the_likeliest_value_is_asked_for_by_name(void **state)
{
    (void)state;
    int w, h;
    need_nets();
    float labels[N * CLASSES];
    labels_of(plain, "1", N, labels);
    succeeds(pixelcnn_sample(plain, N, labels, &(pixelcnn_draw){.seed = 7, .temperature = PIXELCNN_GREEDY}, a));
    shell("$DARKNET pixelcnn sample $CFG $WEIGHTS -label 1 -n 1 -temp 0 -scale 1 -out $SCRATCH/x.png >/dev/null 2>&1");
    unsigned char *x = read_grey_png(scratch("x.png"), &w, &h);
    for (int i = 0; i < N; ++i) assert_memory_equal(a + i * VALUES, x, VALUES);
    free(x);
    succeeds(pixelcnn_sample(plain, N, labels, &(pixelcnn_draw){.seed = 7, .temperature = 1e-46}, b));
    assert_memory_equal(a, b, sizeof a);
    fails_with(pixelcnn_sample(plain, N, labels, &(pixelcnn_draw){.temperature = -.5}, a),
               "pixelcnn_sample: temperature -0.5: expected 0 to 100 & PIXELCNN_GREEDY");
    report();
}

/* ---- labels ---- */

static void without_labels_each_class_is_drawn_in_turn(void **state)
{
    (void)state;
    need_nets();
    float labels[(N + 1) * CLASSES];
    labels_of(plain, "0,1,2", N + 1, labels);
    succeeds(pixelcnn_sample(plain, N, labels, 0, a));
    succeeds(pixelcnn_sample(plain, N, 0, 0, b));
    assert_memory_equal(a, b, sizeof a);
    memset(b, 0, sizeof b);
    succeeds(pixelcnn_complete(plain, N, 0, mask, 0, b));
    assert_memory_equal(a, b, sizeof a);
    succeeds(pixelcnn_sample(plain, 3, 0, &(pixelcnn_draw){.first = 4}, b));
    assert_memory_equal(a + 4 * VALUES, b, 3 * VALUES);
    succeeds(pixelcnn_sample(dropped, N, 0, 0, b));
    assert_memory_equal(a, b, sizeof a);
}

static void without_labels_an_image_is_scored_over_all_classes(void **state)
{
    (void)state;
    double nats[N], given[N], sum[N] = {0};
    float labels[N * CLASSES];
    need_nets();
    succeeds(pixelcnn_sample(plain, N, 0, 0, a));
    for (int k = 0; k < CLASSES; ++k) {
        char words[16];
        snprintf(words, sizeof words, "%d", k);
        labels_of(plain, words, N, labels);
        succeeds(pixelcnn_nll(plain, N, a, labels, given));
        for (int i = 0; i < N; ++i) sum[i] += exp(-given[i]) / CLASSES;
    }
    succeeds(pixelcnn_nll(plain, N, a, 0, nats));
    for (int i = 0; i < N; ++i) assert_float_equal(nats[i], -log(sum[i]), 1e-5);
}

static void labels_that_the_net_has_never_seen_are_refused(void **state)
{
    (void)state;
    double nats[2];
    float zeros[2 * CLASSES] = {0, 1, 0}, low[2 * CLASSES] = {0, 1, 0, .5}, negative[2 * CLASSES] = {-1, 1, 1, 1};
    float ones[2 * CLASSES] = {1, 0, 0, .25, .25, .5};
    need_nets();
    const char *hint = "train with dropout=0.1";
    char says[200];
    snprintf(says, sizeof says, "pixelcnn_sample: labels: zeros for image 1: & give a class, or %s", hint);
    fails_with(pixelcnn_sample(plain, 2, zeros, 0, a), says);
    fails_with(pixelcnn_complete(plain, 2, zeros, mask, 0, a), "labels: zeros for image 1: & dropout=0");
    fails_with(pixelcnn_nll(plain, 2, a, zeros, nats), "pixelcnn_nll: labels: zeros for image 1: & dropout=0");
    fails_with(pixelcnn_labels(plain, "none", 2, zeros), "-label none: & dropout=0");
    fails_with(pixelcnn_sample(plain, 2, ones, &(pixelcnn_draw){.guidance = 1}, a),
               "pixelcnn_sample: guidance 1: & dropout=0 & use 0, or train");
    fails_with(pixelcnn_complete(plain, 2, ones, mask, &(pixelcnn_draw){.guidance = -1}, a),
               "guidance -1: & dropout=0");
    fails_with(pixelcnn_sample(dropped, 2, low, 0, a), "labels: the weights of image 1 sum to 0.5: expected 1");
    fails_with(pixelcnn_nll(dropped, 2, a, negative, nats),
               "labels: weight -1 of class 0, image 0: expected 0 or more");
    fails_with(pixelcnn_labels(plain, "0:0.7,1:0.7", 2, zeros), "the weights sum to 1.4");
    report();
    succeeds(pixelcnn_sample(plain, 2, ones, 0, a));
    succeeds(pixelcnn_sample(dropped, 2, zeros, &(pixelcnn_draw){.guidance = 1}, a));
}

static void a_net_of_attributes_takes_any_vector(void **state)
{
    (void)state;
    float any[CLASSES] = {-3, .5, 7}, labels[CLASSES];
    double nats;
    need_nets();
    int (*attributes)(const pixelcnn *) = (int (*)(const pixelcnn *))dlsym(RTLD_DEFAULT, "pixelcnn_attributes");
    assert_non_null(attributes);
    shell("sed 's/#label/\\nattributes=1/' $CFG >$SCRATCH/vectors.cfg");
    /* trained on vectors as train writes it */
    shell("mkdir -p $SCRATCH/vectors && cp $DATA/*images* $SCRATCH/vectors && for s in train t10k; do "
          "{ printf '\\0\\0\\15\\2\\0\\0\\0\\14\\0\\0\\0\\3'; head -c 144 /dev/zero; } "
          ">$SCRATCH/vectors/$s-labels-idx2-float; "
          "done && $DARKNET pixelcnn train $SCRATCH/vectors.cfg $SCRATCH/vectors -backup $SCRATCH >/dev/null 2>&1");
    pixelcnn *p = load_net(scratch("vectors.cfg"), scratch("vectors_final.weights"), 0);
    assert_int_equal(attributes(p), 1);
    assert_int_equal(attributes(plain), 0);
    succeeds(pixelcnn_sample(p, 1, any, 0, a));
    succeeds(pixelcnn_nll(p, 1, a, any, &nats));
    labels_of(p, "-3,0.5,7", 1, labels);
    assert_memory_equal(labels, any, sizeof any);
    fails_with(pixelcnn_sample(p, 1, 0, 0, a), "labels are NULL: & attributes=1 & needs 3 numbers");
    fails_with(pixelcnn_nll(p, 1, a, 0, &nats), "labels are NULL: & attributes=1");
    fails_with(pixelcnn_labels(p, "all", 3, labels), "-label all: & attributes=1");
    fails_with(pixelcnn_labels(p, 0, 1, labels), "attributes=1");
    report();
    pixelcnn_free(p);
}

/* ---- NULL and forks ---- */

/* The exit status of body in a child, 128 + signal. It has ten seconds. */
static int in_child(int (*body)(void))
{
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (!child) {
        signal(SIGSEGV, SIG_DFL); // cmocka's handler would continue the tests in the child
        alarm(10);
        _exit(body());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* How many functions take NULL for a net. */
static int ask_null(void)
{
    static int (*const ask[])(const pixelcnn *) = {pixelcnn_channels, pixelcnn_height, pixelcnn_width, pixelcnn_levels,
                                                   pixelcnn_classes};
    int right = 0;
    for (int i = 0; i < COUNT(ask); ++i) right += ask[i](0) == -1 && strstr(pixelcnn_error(), ": the net is NULL");
    pixelcnn_free(0);
    pixelcnn_verbose(0);
    return right;
}

static void no_net_is_an_error(void **state)
{
    (void)state;
    need_nets();
    assert_int_equal(in_child(ask_null), 5);
    ask_null();
    assert_memory_equal(pixelcnn_error(), "pixelcnn_classes: the net is NULL", 33);
}

/* 0: as it should be. */
static int use_in_child(void)
{
    float labels[CLASSES] = {1};
    double nats;
    const char *says = "this process was forked from one that had used libpixelcnn";
    if (pixelcnn_sample(plain, 1, labels, 0, a) != -1 || !strstr(pixelcnn_error(), says)) return 1;
    if (pixelcnn_complete(plain, 1, labels, mask, 0, a) != -1 || !strstr(pixelcnn_error(), says)) return 2;
    if (pixelcnn_nll(plain, 1, a, labels, &nats) != -1 || !strstr(pixelcnn_error(), says)) return 3;
    if (pixelcnn_load(path_of("CFG"), path_of("WEIGHTS"), 0) || !strstr(pixelcnn_error(), says)) return 4;
    if (pixelcnn_labels(plain, "1", 1, labels) != -1 || !strstr(pixelcnn_error(), says)) return 5;
    pixelcnn_verbose(1);
    if (pixelcnn_channels(plain) != 1) return 6;
    pixelcnn_free(plain);
    return 0;
}

static void a_forked_child_is_refused_and_does_not_hang(void **state)
{
    (void)state;
    need_nets();
    succeeds(pixelcnn_sample(plain, N, 0, 0, a)); // starts OpenMP's threads
    assert_int_equal(in_child(use_in_child), 0);
    succeeds(pixelcnn_sample(plain, N, 0, 0, b));
    assert_memory_equal(a, b, sizeof a);
}

/* ---- Python ---- */

/* A class of tests/reported_labels.py. */
static void run_python(const char *class)
{
    static const char *const where[] = {"python3", "/usr/bin/python3"};
    Dl_info library;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); // Python is not sanitized
#endif
    need_nets();
    int i = 0;
    for (; i < COUNT(where); ++i) {
        run_command(&r, "%s -c 'import numpy'", where[i]);
        if (!r.status) break;
    }
    if (i == COUNT(where)) {
        print_message("no python3 with numpy (Debian: python3-numpy): the Python module is not tested\n");
        skip();
    }
    assert_true(dladdr((void *)pixelcnn_load, &library));
    run_command(&r,
                "PIXELCNN_LIBRARY=%s PYTHONPATH=${TESTED_PYTHON:-python} PYTHONDONTWRITEBYTECODE=1 timeout 60 %s "
                "tests/reported_labels.py %s $CFG $DROPOUT $WEIGHTS",
                library.dli_fname, where[i], class);
    if (r.status) fail_msg("status %d: %s%s", r.status, r.out, r.err);
}

static void python_labels_mean_what_they_say(void **state) { (void)state, run_python("Labels"); }
static void python_numbers_do_not_wrap(void **state) { (void)state, run_python("Numbers"); }
static void a_python_net_is_not_copied(void **state) { (void)state, run_python("Copies"); }
static void a_python_fork_does_not_hang(void **state) { (void)state, run_python("Forks"); }

TEST_MAIN(cmocka_unit_test(a_struct_of_zeros_is_the_default),
          cmocka_unit_test(the_likeliest_value_is_asked_for_by_name),
          cmocka_unit_test(without_labels_each_class_is_drawn_in_turn),
          cmocka_unit_test(without_labels_an_image_is_scored_over_all_classes),
          cmocka_unit_test(labels_that_the_net_has_never_seen_are_refused),
          cmocka_unit_test(a_net_of_attributes_takes_any_vector), cmocka_unit_test(no_net_is_an_error),
          cmocka_unit_test(a_forked_child_is_refused_and_does_not_hang),
          cmocka_unit_test(python_labels_mean_what_they_say), cmocka_unit_test(python_numbers_do_not_wrap),
          cmocka_unit_test(a_python_net_is_not_copied), cmocka_unit_test(a_python_fork_does_not_hang))
