/*
test_progress.c - long work shows itself on a terminal, and nowhere else.
*/
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/progress.h"
#include "layers/label_embed_layer.h"
#include "pixelcnn/check/causality.h"
#include "pixelcnn/check/found_field.h"
#include "pixelcnn/data/evaluate.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/net/positions.h"
#include "pixelcnn/sample/sampler.h"
#include "pixelcnn/watch/task.h"
#include "tests/terminal.h"
#include "tests/training.h"

static run_result r;

/* ---- commands ---- */

/* %s: cfg, weights, data; what the bar says. */
static const struct {
    const char *arguments, *doing;
} shown[] = {{"check %s", "causality of 30 positions"},
             {"check %s", "receptive fields of 30 positions"},
             {"check %s -plain", "coverage of 30 positions"},
             {"eval %s %s %s", "evaluating 40 images"},
             {"eval %s %s %s -limit 7", "evaluating 7 images"},
             {"classify %s %s %s -limit 7", "classifying 7 images"},
             {"score %s %s %s", "scoring 40 images"},
             {"sample %s %s -n 9 -out $SCRATCH.png", "drawing 9 images"},
             {"sample %s %s -n 1 -naive -out $SCRATCH.png", "drawing 1 image\033"},
             {"complete %s %s %s -n 3 -out $SCRATCH.png", "drawing 3 images"}};
enum { SHOWN = sizeof shown / sizeof *shown };

/* A shell's line that runs case i. */
static void line_of(int i, const char *environment, char *line, size_t size)
{
    char weights[300], arguments[900];
    undisturbed_hash();
    snprintf(weights, sizeof weights, "%s/tiny_final.weights", scratch("undisturbed"));
    snprintf(arguments, sizeof arguments, shown[i].arguments, tiny_cfg(), weights, tiny_data());
    if (!strncmp(shown[i].arguments, "check %s -plain", 15))
        snprintf(arguments, sizeof arguments, "check %s -plain", tiny_cfg());
    snprintf(line, size, "SCRATCH=%s; export TERM=xterm LC_ALL=C; %s; %s pixelcnn %s", scratch("drawn"), environment,
             darknet(), arguments);
}

static void a_terminal_shows_what_is_done(void **state)
{
    (void)state;
    char line[2048], last[BAR_BYTES];
    for (int i = 0; i < SHOWN; ++i) {
        line_of(i, ":", line, sizeof line);
        run_on_terminal(&r, 100, line);
        assert_int_equal(r.status, 0);
        assert_true(bars_in(r.out, 100, last) >= 1);
        char *bar = strstr(r.out, shown[i].doing);
        if (!bar) fail_msg("%s: no '%s' in: %s", shown[i].arguments, shown[i].doing, r.out);
        char *erased = strstr(bar, "\r\033[K");
        while (erased && strstr(erased + 1, "\r\033[K")) erased = strstr(erased + 1, "\r\033[K");
        if (!erased) fail_msg("%s: the bar stays: %s", shown[i].arguments, r.out);
        assert_null(strstr(erased + 1, "%%")); // and no other one follows
    }
}

/* The same bytes on stdout and stderr as where there is no terminal at all. */
static void other_places_show_nothing(void **state)
{
    (void)state;
    static run_result piped;
    char line[2048], command[2400];
    static const char *const environments[] = {":", "export TERM=dumb", "unset TERM"};
    for (int i = 0; i < SHOWN; ++i) {
        line_of(i, ":", line, sizeof line);
        run_command(&piped, "%s", line);
        assert_int_equal(piped.status, 0);
        assert_null(strchr(piped.err, '\033'));
        assert_null(strchr(piped.err, '\r'));
        assert_null(strstr(piped.err, shown[i].doing));
        snprintf(command, sizeof command, "(%s) 2>%s", line, scratch("stderr"));
        run_on_terminal(&r, 100, command);
        assert_null(strchr(r.out, '\033'));
    }
    for (int k = 1; k < 3; ++k) {
        line_of(3, environments[k], line, sizeof line);
        run_on_terminal(&r, 100, line);
        assert_int_equal(r.status, 0);
        assert_null(strstr(r.out, shown[3].doing));
        assert_null(strchr(r.out, '\033'));
    }
}

/* An error is on a separate line, below the bar. */
static void an_error_is_below_the_bar(void **state)
{
    (void)state;
    char line[2048], weights[300];
    undisturbed_hash();
    snprintf(weights, sizeof weights, "%s/tiny_final.weights", scratch("undisturbed"));
    size_t bytes;
    char *whole = read_whole(weights, &bytes);
    for (size_t at = 20; at < bytes; at += 4) memcpy(whole + at, (const float[]){3e38f}, 4);
    write_file(scratch("huge.weights"), whole, bytes);
    free(whole);
    snprintf(line, sizeof line, "TERM=xterm %s pixelcnn eval %s %s %s", darknet(), tiny_cfg(), scratch("huge.weights"),
             tiny_data());
    run_on_terminal(&r, 100, line);
    assert_int_equal(r.status, 3);
    assert_non_null(strstr(r.out, "\033[K\r\nimage "));
}

/* check draws before it proves, and with -limit 0 only draws: the same picture, and the same findings after
   it. */
static void a_picture_needs_no_proof(void **state)
{
    (void)state;
    static run_result plain;
    const char *first = scratch("first.png"), *only = scratch("only.png");
    run_command(&plain, "%s pixelcnn check %s", darknet(), tiny_cfg());
    run_command(&r, "%s pixelcnn check %s -out %s -pixel 3,2", darknet(), tiny_cfg(), first);
    assert_int_equal(r.status, 0);
    char *picture = strstr(r.out, "picture of what row 3, column 2 sees: ");
    assert_true(picture && picture < strstr(r.out, "causality: "));
    memmove(picture, strchr(picture, '\n') + 1, strlen(strchr(picture, '\n'))); // the rest is what it says without
    assert_string_equal(r.out, plain.out);
    run_command(&r, "%s pixelcnn check %s -out %s -pixel 3,2 -limit 0 && cmp %s %s", darknet(), tiny_cfg(), only, first,
                only);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.out, "not checked: causality, receptive field, blind spot (-limit 0)\n"));
    char *coverage = strstr(plain.out, "coverage: ");
    assert_memory_equal(strstr(r.out, "coverage: "), coverage, strlen("coverage: 0.0000"));
    run_command(&r, "%s pixelcnn check %s -limit 0 -strict", darknet(), tiny_cfg());
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "-limit 0: checks nothing; omit it, or -strict"));
}

/* ---- what is counted ---- */

static long counted;
static void add(long done) { __atomic_add_fetch(&counted, done, __ATOMIC_RELAXED); }

static void expect_count(long expected)
{
    assert_int_equal(counted, expected);
    counted = 0;
}

/* All of the work is counted, so that bars end at 100 %. */
static void each_loop_counts_what_it_does(void **state)
{
    (void)state;
    network *net = tiny_net();
    dataset d = load_dataset(tiny_data(), SPLIT_TEST, net);
    int positions[30], n = 7;
    double nll[7];
    unsigned char *levels = checked_calloc(n, net->truths), keep[30] = {1, 1, 1, 1, 1, 1, 1};
    float *labels = classes_in_turn(0, n, label_of(net));
    for (int i = 0; i < 30; ++i) positions[i] = i;
    listen_to_progress(add);
    evaluate_likelihood(net, &d, 0, n, 0);
    expect_count(n);
    evaluate_unlabelled(net, &d, 0, n, nll);
    expect_count(3 * n);
    sample_request all = {.n = n, .temperature = 1, .labels = labels};
    sample_cached(net, all, levels);
    expect_count(n * net->truths);
    sample_request some = all;
    some.guidance = 1;
    some.keep = keep;
    sample_cached(net, some, levels);
    expect_count(n * net->truths);
    sample_naive(net, some, levels);
    expect_count(n * net->truths);
    find_leaks(net, positions, 30, 1);
    expect_count(30);
    set_positive_weights(net, 1);
    survey_fields(net, positions, 30);
    expect_count(30);
    listen_to_progress(0);
    evaluate_likelihood(net, &d, 0, n, 0);
    expect_count(0);
    free(levels);
    free(labels);
    free_dataset(&d);
    free_network(net);
}

/* ---- tasks ---- */

typedef struct {
    int times;
    double part, seconds;
} seen;

static void look(void *context, double part, double seconds)
{
    seen *s = context;
    ++s->times;
    s->part = part;
    s->seconds = seconds;
}

static void a_task_is_shown_ten_times_a_second(void **state)
{
    (void)state;
    seen s = {0};
    begin_task(200, look, &s);
    for (int i = 0; i < 50; ++i) count_progress(1);
    assert_int_equal(s.times, 0); // too soon
    usleep(120000);
    for (int i = 0; i < 50; ++i) count_progress(1);
    assert_in_range(s.times, 1, 2);
    assert_float_equal(s.part, .255, .25); // at the first of them
    assert_true(s.seconds >= .12 && s.seconds < 60);
    usleep(120000);
    count_progress(1000);
    assert_float_equal(s.part, 1, 0); // never more
    end_task();
    int before = s.times;
    usleep(120000);
    count_progress(1);
    assert_int_equal(s.times, before);
    end_task(); // of none
}

static void the_line_of_a_task(void **state)
{
    (void)state;
    char text[BAR_BYTES];
    compose_task(text, "evaluating 10000 images", .42, 12.9, 200, 0);
    assert_string_equal(text, " 42% [################........................]  evaluating 10000 images  0:00:12 left");
    compose_task(text, "drawing 64 images", 0, -1, 60, 0);
    assert_string_equal(text, "  0% [..................................]  drawing 64 images");
    for (int width = 100; width >= 0; --width) {
        compose_task(text, "evaluating 10000 images", .5, 3723, width, 0);
        assert_true((int)strlen(text) <= width);
        if (width >= 30) assert_non_null(strstr(text, "1:02:03 left"));
        if (width >= 55) assert_non_null(strstr(text, "evaluating 10000 images"));
    }
}

TEST_MAIN(cmocka_unit_test(a_terminal_shows_what_is_done), cmocka_unit_test(other_places_show_nothing),
          cmocka_unit_test(an_error_is_below_the_bar), cmocka_unit_test(a_picture_needs_no_proof),
          cmocka_unit_test(each_loop_counts_what_it_does), cmocka_unit_test(a_task_is_shown_ten_times_a_second),
          cmocka_unit_test(the_line_of_a_task))
