/*
test_validations.c - `train` validates about ten times without being asked, for a small share of its time, and
change nothing by it.
*/
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "pixelcnn/commands/validations.h"
#include "pixelcnn/train/state.h"
#include "tests/background.h"

static run_result r;

/* ---- when, and on how many images ---- */

/* Validations within a run of that many iterations, of 16 images each; of those, on all held-out images. */
static int count_due(look_plan p, int *whole)
{
    int n = 0;
    *whole = 0;
    for (size_t i = 1; i < p.last; ++i) {
        uint64_t due = look_due(&p, i, 0);
        assert_true(due == 0 || due == DUE_VALIDATION || due == DUE_LOOK);
        n += due != 0;
        *whole += due == DUE_VALIDATION;
    }
    return n;
}

static look_plan plan_of(size_t iterations, int held)
{
    return (look_plan){.last = iterations, .images = 16, .held = held};
}

static void there_are_about_ten(void **state)
{
    (void)state;
    int whole;
    assert_int_equal(count_due(plan_of(2, 1000), &whole), 1);
    assert_int_equal(count_due(plan_of(7, 1000), &whole), 6);
    assert_int_equal(count_due(plan_of(24, 1000), &whole), 9);
    assert_int_equal(count_due(plan_of(300, 1000), &whole), 9);
    assert_int_equal(whole, 0);
    assert_int_equal(count_due(plan_of(300, 20), &whole), 9);
    assert_int_equal(whole, 9);
    assert_int_equal(count_due(plan_of(3000, 1000), &whole), 9 + 2); // and at 1000 and 2000
    assert_int_equal(whole, 2);
    assert_int_equal(count_due(plan_of(20000, 1000), &whole), 19); // as every 1000
    assert_int_equal(whole, 19);
    assert_int_equal(count_due(plan_of(100000, 1000), &whole), 99);
}

/* A pass forward costs a third of an update's: ten looks then take a twentieth of the time, or less. */
static void they_take_a_twentieth_of_the_time(void **state)
{
    (void)state;
    for (int iterations = 200; iterations <= 20000; iterations += 100) {
        look_plan p = plan_of(iterations, 1000);
        int n = look_images(&p, iterations / 10, 0);
        assert_in_range(n, 1, 1000);
        assert_true(10. * n / 3 <= .05 * 16 * iterations + 1e-9);
        assert_true(n == 1000 || 10. * (n + 1) / 3 > .05 * 16 * iterations);
        assert_int_equal(look_images(&p, iterations / 5, 0), n);
    }
    look_plan tiny = plan_of(3, 1000), few = plan_of(3, 9);
    assert_int_equal(look_images(&tiny, 1, 0), 16);
    assert_int_equal(look_images(&few, 1, 0), 9);
}

/* Each tenth of -seconds, and as many images as the pace allows. */
static void a_limit_of_time_has_tenths_too(void **state)
{
    (void)state;
    look_plan p = plan_of(100000, 1000);
    int n = 0;
    p.limit = 60;
    for (int i = 1; i < 240; ++i) n += look_due(&p, i, i * .25) != 0; // 64 images a second
    assert_int_equal(n, 9);
    assert_int_equal(p.look, (int)(.015 * 64 * 60));
    p = plan_of(200, 1000); // the iterations are over first
    p.limit = 60;
    n = 0;
    for (int i = 1; i < 200; ++i) n += look_due(&p, i, i * .01) == DUE_LOOK;
    assert_int_equal(n, 9);
    assert_int_equal(p.look, (int)(.015 * 200 * 16));
    p = (look_plan){.first = 1000, .last = 2000, .images = 16, .held = 1000, .limit = 100}; // resumed
    n = 0;
    for (int i = 1001; i < 1400; ++i) n += look_due(&p, i, (i - 1000) * .25) != 0;
    assert_int_equal(n, 9);
}

/* ---- runs ---- */

/* 40 held-out images, so that looks of 16 are a part. */
static const char *more_data(void)
{
    static char folder[256];
    if (folder[0]) return folder;
    strcpy(folder, scratch("more"));
    make_toy_data(folder, (toy_data){.n = 400, .c = 1, .h = 6, .w = 5, .classes = 3, .seed = 4});
    return folder;
}

static void train_more(run_result *to, const char *folder, const char *options)
{
    run_command(to, "%s pixelcnn train %s %s -report none -save_every 2 -backup %s %s", darknet(), tiny_cfg(),
                more_data(), folder, options);
    if (to->status) fail_msg("status %d: %s", to->status, to->err);
}

/* Iteration, images, and both likelihoods of each line of a log, without the time and the rate. */
static void read_log(const char *folder, const char *name, char *to)
{
    run_command(&r, "cut -d, -f1,2,4,6 %s/%s.csv", folder, name);
    strcpy(to, r.out);
}

static void training_validates_by_itself(void **state)
{
    (void)state;
    char folder[256], quiet[256];
    strcpy(folder, fresh_folder("looked"));
    train_more(&r, folder, "");
    assert_int_equal(times_in(r.err, "validation: "), 10);
    assert_int_equal(times_in(r.err, " on 16 held-out images"), 9);
    assert_int_equal(times_in(r.err, " on 40 held-out images, the best"), 1); // looks do not compete
    uint64_t hash = final_hash(folder);
    strcpy(quiet, fresh_folder("unlooked"));
    train_more(&r, quiet, "-eval_every 0");
    assert_int_equal(times_in(r.err, "validation: "), 1);
    assert_true(final_hash(quiet) == hash);
    run_command(&r, "cmp %s/tiny_best.weights %s/tiny_best.weights && cmp %s/tiny_final.weights %s/tiny_best.weights",
                folder, quiet, folder, folder);
    assert_int_equal(r.status, 0);
}

/* Stopped again and again, it looks when and as it would have: an iteration in which it was stopped looks
   after the resume. */
static void a_resumed_run_validates_the_same(void **state)
{
    (void)state;
    static char whole[sizeof r.out], parts[sizeof r.out], arguments[1024], messages[300];
    enum { LONG = 60 };
    char folder[256];
    int status = -1, stops = 0;
    strcpy(folder, fresh_folder("whole"));
    run_command(&r, "%s pixelcnn train %s %s -report none -backup %s", darknet(), long_cfg(LONG), more_data(), folder);
    assert_int_equal(r.status, 0);
    read_log(folder, "long", whole);
    assert_int_equal(times_in(whole, ",,"), 10);
    strcpy(folder, fresh_folder("parts"));
    strcpy(messages, scratch("messages"));
    snprintf(arguments, sizeof arguments, "%s %s -report none -backup %s", long_cfg(LONG), more_data(), folder);
    for (; status; ++stops) {
        pid_t child = start_training(messages, "", arguments);
        wait_for(messages, "bits/dim, \\|trained for\\|finished"); // the latter two after a stop at the end
        if (stops < 4) kill(child, SIGTERM);
        status = wait_for_end(child);
        if (status && status != 128 + SIGTERM) fail_msg("status %d", status);
    }
    assert_true(stops > 1);
    read_log(folder, "long", parts);
    assert_string_equal(parts, whole);
}

TEST_MAIN(cmocka_unit_test(there_are_about_ten), cmocka_unit_test(they_take_a_twentieth_of_the_time),
          cmocka_unit_test(a_limit_of_time_has_tenths_too), cmocka_unit_test(training_validates_by_itself),
          cmocka_unit_test(a_resumed_run_validates_the_same))
