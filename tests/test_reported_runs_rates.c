/*
test_reported_runs_rates.c - regression tests of reported bugs: learning rates that differ from the log,
updates that straddle batches.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/state_layout.h"
#include "tests/training.h"

static run_result r;

/* Plain SGD, so that the weights show what an update did. */
static const char sgd[] = "[net]\nbatch=8\nheight=6\nwidth=5\nmomentum=0\ndecay=0\n%s"
                          "[gated_vstack]\nfilters=3\n[gated_hstack]\nfilters=3\nmask=a\n[skip_sum]\nfilters=3\n"
                          "[convolutional]\nfilters=2\nactivation=linear\n[pixel_softmax]\nlevels=2\n";

/* Trains a net with more keys in [net]; the files are NAME_* in the folder NAME. */
static void train_sgd(const char *name, const char *keys, const char *options)
{
    char text[1024], cfg[256], file[64];
    snprintf(text, sizeof text, sgd, keys);
    snprintf(file, sizeof file, "%s.cfg", name);
    strcpy(cfg, scratch(file));
    write_text(cfg, text);
    run_command(&r, "%s pixelcnn train %s %s -backup %s -seed 3 -eval_every 0 %s", darknet(), cfg, tiny_data(),
                fresh_folder(name), options);
    if (r.status) fail_msg("status %d: %s", r.status, r.err);
}

/* Column of the log's line of an iteration, from 1; NAN where it is empty or there is none. */
static double logged(const char *name, int iteration, int column)
{
    run_command(&r, "grep '^%d,' %s/%s.csv | head -1 | cut -d, -f%d", iteration, scratch(name), name, column);
    char *end;
    double x = strtod(r.out, &end);
    return end == r.out ? NAN : x;
}

static float *floats_of(const char *name, size_t *n)
{
    char file[512];
    size_t bytes;
    snprintf(file, sizeof file, "%s/%s_final.weights", scratch(name), name);
    char *whole = read_whole(file, &bytes);
    *n = (bytes - 20) / sizeof(float);
    memmove(whole, whole + 20, bytes - 20);
    return (float *)whole;
}

static double largest_difference(const char *name, const char *other)
{
    size_t n, m;
    float *a = floats_of(name, &n), *b = floats_of(other, &m);
    double most = 0;
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; ++i) most = fmax(most, fabs(a[i] - b[i]));
    free(a);
    free(b);
    return most;
}

static void the_random_rate_that_is_logged_is_used(void **state)
{
    (void)state;
    char keys[128];
    train_sgd("random", "policy=random\npower=1\nlearning_rate=1\nmax_batches=1\n", "");
    double rate = logged("random", 1, 5);
    assert_true(rate > 0 && rate < 1);
    snprintf(keys, sizeof keys, "learning_rate=%.9g\nmax_batches=1\n", rate);
    train_sgd("constant", keys, "");
    assert_true(largest_difference("random", "constant") < 1e-6);
    train_sgd("still", "learning_rate=0\nmax_batches=1\n", "");
    assert_true(largest_difference("random", "still") > 1e-4);
}

static void showing_the_rate_changes_nothing(void **state)
{
    (void)state;
    char options[300];
    static const char keys[] = "policy=random\npower=1\nlearning_rate=1\nmax_batches=8\n";
    train_sgd("unwatched", keys, "");
    snprintf(options, sizeof options, "-report %s -sample_every 2", scratch("page"));
    train_sgd("watched", keys, options);
    assert_true(largest_difference("unwatched", "watched") == 0);
    assert_true(logged("watched", 1, 5) != logged("watched", 2, 5));
}

static void a_sigmoid_falls_around_its_step(void **state)
{
    (void)state;
    train_sgd("sigmoid", "policy=sigmoid\nstep=4\ngamma=1.5\nlearning_rate=0.5\nmax_batches=8\n", "");
    for (int t = 1; t <= 8; ++t) {
        double expected = .5 / (1 + exp(1.5 * (t - 4)));
        assert_true(fabs(logged("sigmoid", t, 5) - expected) < 1e-5 * expected);
    }
}

/* At the end of burn_in the rate fell from learning_rate to what policy=poly had made of it. */
static void a_warm_up_has_no_cliff(void **state)
{
    (void)state;
    train_sgd("warm", "burn_in=4\npolicy=poly\npower=1\nlearning_rate=1\nmax_batches=8\n", "");
    static const double rates[] = {.25 * .875, .5 * .75, .75 * .625, .5, .375, .25, .125, 0};
    for (int t = 1; t <= 8; ++t) assert_float_equal(logged("warm", t, 5), rates[t - 1], 1e-6);
}

/* The tiny training with a warm-up until iteration 12, stopped after iteration 5. The state is made one of an
   earlier version, which did not say what the rate rises to. */
static void make_earlier_state(const char *folder)
{
    static const char note[] = "note burn_in_to policy", none[] = "note burn_in_2o policy";
    char file[300];
    size_t bytes;
    train_part(&r, folder, 5, "-report none");
    assert_int_equal(r.status, 0);
    snprintf(file, sizeof file, "%s/tiny_last.state", folder);
    char *whole = read_whole(file, &bytes), *right = read_whole(file, 0), *at = whole;
    while (at < whole + bytes - strlen(note) && memcmp(at, note, strlen(note))) ++at;
    assert_memory_equal(at, note, strlen(note));
    memcpy(at, none, strlen(none));
    rehash_state((unsigned char *)whole, bytes, right);
    write_file(file, whole, bytes);
    free(whole);
    free(right);
}

static void an_earlier_warm_up_is_reported(void **state)
{
    (void)state;
    static const char warm[] = "learning_rate=0.01\nburn_in=12\npolicy=steps\nsteps=20\nscales=.1\npower=1";
    char folder[256];
    for (int earlier = 0; earlier < 2; ++earlier) {
        strcpy(folder, fresh_folder("earlier"));
        rewrite_tiny_cfg("learning_rate=0.01", warm);
        if (earlier)
            make_earlier_state(folder);
        else
            train_part(&r, folder, 5, "-report none");
        resume_training(&r, folder, "-report none");
        rewrite_tiny_cfg(warm, "learning_rate=0.01");
        assert_int_equal(r.status, 0);
        int reported = strstr(r.err, "burn_in: the checkpoint was trained by an earlier version") != 0;
        if (reported != earlier) fail_msg("%s", r.err);
    }
}

/* Of weights that have seen 6 images, a number that batches of 8 do not divide. */
static void subdivisions_change_nothing_from_named_weights(void **state)
{
    (void)state;
    char keys[128], weights[300];
    train_sgd("six", "subdivisions=1\nlearning_rate=0.1\nmax_batches=1\n", "");
    snprintf(weights, sizeof weights, "%s/six_final.weights", scratch("six"));
    run_command(&r, "printf '\\006' | dd of=%s bs=1 seek=12 conv=notrunc", weights);
    for (int parts = 1; parts <= 4; parts *= 2) {
        char name[16];
        snprintf(name, sizeof name, "parts%d", parts);
        snprintf(keys, sizeof keys, "subdivisions=%d\nlearning_rate=1\nmax_batches=4\n", parts);
        train_sgd(name, keys, weights);
        for (int t = 1; t <= 4; ++t) {
            assert_int_equal(logged(name, t, 2), 8 * t);
            assert_true(fabs(logged(name, t, 4) - logged("parts1", t, 4)) < 1e-5);
        }
        assert_true(largest_difference("parts1", name) < 1e-5);
    }
}

TEST_MAIN(cmocka_unit_test(the_random_rate_that_is_logged_is_used), cmocka_unit_test(showing_the_rate_changes_nothing),
          cmocka_unit_test(a_sigmoid_falls_around_its_step), cmocka_unit_test(a_warm_up_has_no_cliff),
          cmocka_unit_test(an_earlier_warm_up_is_reported),
          cmocka_unit_test(subdivisions_change_nothing_from_named_weights))
