/*
test_reported_files_signals.c - regression tests of reported bugs: work lost to signals, limits and lost
readers of pipes.
*/
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "tests/background.h"

static run_result r;
static char folder[256], err[300];

/* A fresh folder, and the file for stderr beside it. */
static void begin(const char *name)
{
    strcpy(folder, fresh_folder(name));
    snprintf(err, sizeof err, "%s.err", folder);
}

/* Starts the long training in the folder and waits until it has done an iteration. */
static pid_t start(const char *before, int iterations, const char *options)
{
    char arguments[1024];
    snprintf(arguments, sizeof arguments, "%s %s -backup %s %s", long_cfg(iterations), tiny_data(), folder, options);
    pid_t child = start_training(err, before, arguments);
    wait_for(err, "bits/dim, ");
    return child;
}

static void every_stop_signal_saves_first(void **state)
{
    (void)state;
    static const int signals[] = {SIGHUP, SIGQUIT, SIGXCPU, SIGUSR2, SIGALRM, SIGVTALRM, SIGPWR, SIGTERM, SIGINT};
    for (int i = 0; i < (int)(sizeof signals / sizeof *signals); ++i) {
        begin("asked");
        pid_t child = start("ulimit -c 0;", 100000, "-save_every 0 -eval_every 0 -report none");
        kill(child, signals[i]);
        int status = wait_for_end(child);
        if (status != 128 + signals[i]) fail_msg("signal %d: status %d", signals[i], status);
        run_command(&r, "%s pixelcnn train %s %s -backup %s -seconds 0.01 -report none", darknet(), long_cfg(100000),
                    tiny_data(), folder);
        assert_int_equal(r.status, 0);
        if (!strstr(r.err, "resumed from")) fail_msg("signal %d: nothing was saved", signals[i]);
    }
}

/* As under nohup. */
static void a_signal_that_is_ignored_stays_ignored(void **state)
{
    (void)state;
    begin("nohup");
    pid_t child = start("trap '' HUP;", 100000, "");
    kill(child, SIGHUP);
    kill(child, SIGTERM);
    assert_int_equal(wait_for_end(child), 128 + SIGTERM);
}

static void training_outlives_the_reader_of_its_progress(void **state)
{
    (void)state;
    begin("tee");
    run_command(&r, "{ %s pixelcnn train %s -backup %s; echo $? >%s; } 2>&1 >/dev/null | head -n 1", darknet(),
                tiny_train(), folder, err);
    run_command(&r, "cat %s", err);
    assert_string_equal(r.out, "0\n");
    assert_true(final_hash(folder) == undisturbed_hash());
}

static void a_result_that_nobody_reads_is_an_error(void **state)
{
    (void)state;
    begin("unread");
    run_command(&r, "{ sleep 0.2; %s pixelcnn train %s -backup %s 2>%s; echo $? >%s.status; } | true", darknet(),
                tiny_train(), folder, err, err);
    run_command(&r, "cat %s.status; tail -n 1 %s", err, err);
    assert_string_equal(r.out, "1\npixelcnn train: standard output: Broken pipe\n");
    assert_true(final_hash(folder) == undisturbed_hash());
}

static void a_limit_of_size_is_a_write_error(void **state)
{
    (void)state;
    begin("limited"); // what is printed goes through a pipe, which has no limit
    run_command(&r, "{ ( ulimit -f 0; %s pixelcnn train %s -backup %s ) 2>&1; echo status $?; } | tail -n 2", darknet(),
                tiny_train(), folder);
    assert_non_null(strstr(r.out, "File too large\nstatus 1\n"));
}

/* What was validated or drawn at which iteration. */
static void list_done(run_result *to)
{
    run_command(to,
                "grep ',,,' %s/long.csv | cut -d, -f1,2,6; cd %s; ls long_*[0-9].png 2>/dev/null; cat "
                "long_best.weights | md5sum",
                folder, folder);
    assert_int_equal(to->status, 0);
}

/* A signal comes in an iteration in which something is due; here that is every one. */
static void what_is_due_is_made_after_a_resume(void **state)
{
    (void)state;
    static run_result whole;
    static const char *const options[] = {"-eval_every 1", "-sample_every 1 -eval_every 1"};
    for (int i = 0; i < 2; ++i) {
        int iterations = i ? 40 : 80, stops = 0;
        begin("whole");
        run_command(&r, "%s pixelcnn train %s %s -backup %s %s", darknet(), long_cfg(iterations), tiny_data(), folder,
                    options[i]);
        assert_int_equal(r.status, 0);
        list_done(&whole);
        begin("parts");
        for (int status = -1; status; ++stops) {
            pid_t child = start("", iterations, options[i]);
            if (stops < 3) kill(child, SIGTERM);
            status = wait_for_end(child);
            if (status && status != 128 + SIGTERM) fail_msg("status %d", status);
        }
        assert_true(stops > 1);
        list_done(&r);
        assert_string_equal(r.out, whole.out);
    }
}

/* The signal comes while the last validation runs, which takes a while. */
static void final_work_that_was_prevented_is_done_later(void **state)
{
    (void)state;
    char arguments[1024];
    begin("end");
    const char *data = make_toy_data(scratch("many"), (toy_data){.n = 8000, .c = 1, .h = 6, .w = 5, .classes = 3});
    snprintf(arguments, sizeof arguments, "%s %s -backup %s", long_cfg(1), data, folder);
    pid_t child = start_training(err, "", arguments);
    wait_for(err, "bits/dim, ");
    kill(child, SIGTERM);
    int status = wait_for_end(child);
    assert_true(status == 128 + SIGTERM || status == 0); // 0: the validation was quicker
    run_command(&r, "%s pixelcnn train %s", darknet(), arguments);
    assert_int_equal(r.status, 0);
    run_command(&r, "grep -c . %s/long.csv; test -f %s/long_final.weights && test -f %s/long_best.weights", folder,
                folder, folder);
    assert_int_equal(r.status, 0);
    assert_string_equal(r.out, "3\n"); // head, iteration, one validation
}

/* Signals come in the middle of writing: no temporary file stays. */
static void temporary_files_go_with_the_program(void **state)
{
    (void)state;
    need_preload();
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    static run_result list;
    begin("cut-off");
    resume_training(&r, folder, "");
    assert_int_equal(r.status, 0);
    for (int i = 0; i < (int)(sizeof signals / sizeof *signals); ++i) {
        run_command(&r,
                    "ulimit -c 0; export FAULT='fwrite 1 -%d 1' LD_PRELOAD=build/cpu/tests/faults.so; "
                    "exec %s pixelcnn sample %s %s/tiny_final.weights -out %s/x.png",
                    signals[i], darknet(), tiny_cfg(), folder, folder);
        assert_int_equal(r.status, 128 + signals[i]);
        run_command(&list, "ls %s | grep 'x\\.png' ; true", folder);
        assert_string_equal(list.out, "");
    }
}

TEST_MAIN(cmocka_unit_test(every_stop_signal_saves_first), cmocka_unit_test(a_signal_that_is_ignored_stays_ignored),
          cmocka_unit_test(training_outlives_the_reader_of_its_progress),
          cmocka_unit_test(a_result_that_nobody_reads_is_an_error), cmocka_unit_test(a_limit_of_size_is_a_write_error),
          cmocka_unit_test(what_is_due_is_made_after_a_resume),
          cmocka_unit_test(final_work_that_was_prevented_is_done_later),
          cmocka_unit_test(temporary_files_go_with_the_program))
