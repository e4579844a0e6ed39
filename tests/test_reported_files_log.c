/*
test_reported_files_log.c - regression tests of reported bugs: the log, the clock, and closed standard
streams.
*/
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "tests/background.h"

static run_result r;
static char folder[256], err[300];

static void begin(const char *name)
{
    strcpy(folder, fresh_folder(name));
    snprintf(err, sizeof err, "%s.err", folder);
}

/* Is `text` a whole log of n iterations: head, then lines in order? */
static int is_log(const char *text, int n)
{
    static const char head[] = "iteration,images,seconds,train_bits_per_dim,rate,validation_bits_per_dim\n";
    int last = 0;
    if (strncmp(text, head, sizeof head - 1)) return 0;
    for (const char *line = text + sizeof head - 1; *line; line = strchr(line, '\n') + 1) {
        int iteration, images, commas = 0;
        for (const char *c = line; *c && *c != '\n'; ++c) commas += *c == ',';
        if (!strchr(line, '\n') || commas != 5 || sscanf(line, "%d,%d,", &iteration, &images) != 2) return 0;
        if (images != 4 * iteration || (iteration != last + 1 && iteration != last)) return 0;
        last = iteration;
    }
    return last == n;
}

static int last_iteration(char *log)
{
    char *end = log + strlen(log) - 1; // the last newline
    *end = 0;
    int last = atoi(strrchr(log, '\n') + 1);
    *end = '\n';
    return last;
}

static void closed_descriptors_get_nothing_else(void **state)
{
    (void)state;
    static const char *const closed[] = {">&- 2>&-", "<&- >&- 2>&-", "2>&-"};
    for (int i = 0; i < 3; ++i) {
        begin("closed");
        run_command(&r, "%s pixelcnn train %s -backup %s %s", darknet(), tiny_train(), folder, closed[i]);
        assert_int_equal(r.status, 0);
        run_command(&r, "cat %s/tiny.csv; test ! -s %s/.lock", folder, folder);
        assert_int_equal(r.status, 0);
        if (!is_log(r.out, ITERATIONS)) fail_msg("%s: %s", closed[i], r.out);
    }
}

/* A result that has nowhere to go is refused before the work: weights and data are none. */
static void a_closed_stdout_is_found_first(void **state)
{
    (void)state;
    static const char *const lines[] = {"eval %s README.md docs",
                                        "eval %s README.md docs -json",
                                        "score %s README.md docs",
                                        "classify %s README.md docs -json",
                                        "bench %s",
                                        "check %s -json",
                                        "sample %s README.md -json",
                                        "train %s docs -backup none -json"};
    for (int i = 0; i < (int)(sizeof lines / sizeof *lines); ++i) {
        char line[512];
        snprintf(line, sizeof line, lines[i], tiny_cfg());
        run_command(&r, "%s pixelcnn %s >&-", darknet(), line);
        if (r.status != 1 || !strstr(r.err, "standard output is closed")) fail_msg("%s: %d: %s", line, r.status, r.err);
    }
}

/* An existing log stays; no second one is opened next to it. */
static void a_log_on_stdout_is_appended(void **state)
{
    (void)state;
    begin("appended");
    run_command(
        &r,
        "echo mine >%s; %s pixelcnn train %s -backup %s -log /dev/stdout >>%s && %s pixelcnn train %s %s -backup "
        "%s.2 -log /dev/fd/1 >>%s; s=$?; cat %s; exit $s",
        err, darknet(), tiny_train(), folder, err, darknet(), tiny_cfg(), tiny_data(), folder, err, err);
    assert_int_equal(r.status, 0);
    assert_memory_equal(r.out, "mine\niteration,", 15);
    char *second = strstr(strstr(r.out, "/tiny_final.weights\n") + 20, "/tiny_final.weights\n");
    assert_non_null(second);
    run_command(&r, "grep -c ^iteration, %s; grep -c '^24,96,.*,0' %s", err, err);
    assert_string_equal(r.out, "2\n2\n");
}

static void a_log_goes_into_a_pipe(void **state)
{
    (void)state;
    begin("piped");
    run_command(
        &r, "mkfifo %s; timeout 20 cat %s & %s pixelcnn train %s -backup %s -log %s >%s.o 2>&1; s=$?; wait; exit $s",
        err, err, darknet(), tiny_train(), folder, err, err);
    assert_int_equal(r.status, 0);
    assert_true(is_log(r.out, ITERATIONS));
}

/* Its reader leaves: training continues, but the log is incomplete. */
static void a_log_that_nobody_reads_is_an_error(void **state)
{
    (void)state;
    begin("unread");
    run_command(&r, "{ %s pixelcnn train %s -backup %s -log /dev/stdout; echo $? >%s; } | head -n 2", darknet(),
                tiny_train(), folder, err);
    assert_non_null(strstr(r.err, "/dev/stdout: cannot write: Broken pipe"));
    run_command(&r, "cat %s", err);
    assert_string_equal(r.out, "1\n");
    assert_true(final_hash(folder) == undisturbed_hash());
}

static pid_t start(const char *before, const char *options)
{
    char arguments[1024];
    snprintf(arguments, sizeof arguments, "%s %s -backup %s -save_every 0 -eval_every 0 %s", long_cfg(1000000),
             tiny_data(), folder, options);
    return start_training(err, before, arguments);
}

static void two_runs_do_not_share_a_log(void **state)
{
    (void)state;
    begin("shared");
    char options[300];
    snprintf(options, sizeof options, "-log %s.csv", folder);
    pid_t child = start("", options);
    wait_for(err, "^3, ");
    run_command(&r, "%s pixelcnn train %s -backup %s.2 %s", darknet(), tiny_train(), folder, options);
    kill(child, SIGTERM);
    wait_for_end(child);
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "another process is writing this log"));
    run_command(&r, "cat %s.csv", folder);
    assert_true(is_log(r.out, last_iteration(r.out)));
}

/* Until something is saved the earlier log stays; then it goes. */
static void clear_keeps_the_log_until_a_save(void **state)
{
    (void)state;
    begin("cleared");
    char log[300];
    snprintf(log, sizeof log, "%s/long.csv", folder);
    run_command(&r, "%s pixelcnn train %s %s -backup %s -seconds 0.01 && cp %s/long.csv %s.before", darknet(),
                long_cfg(1000000), tiny_data(), folder, folder, folder);
    assert_int_equal(r.status, 0);
    pid_t child = start("", "-clear");
    wait_for(err, "^3, ");
    kill(child, SIGKILL);
    wait_for_end(child);
    run_command(&r, "cmp %s %s.before", log, folder);
    assert_int_equal(r.status, 0);
    child = start("", "-clear");
    wait_for(err, "^3, ");
    kill(child, SIGTERM);
    wait_for_end(child);
    run_command(&r, "cmp -s %s %s.before; test $? = 1 && ls %s && cat %s", log, folder, folder, log);
    assert_int_equal(r.status, 0);
    assert_null(strstr(r.out, ".new"));
    char *text = strstr(r.out, "iteration,");
    assert_non_null(text);
    assert_true(is_log(text, last_iteration(text)));
}

/* A disk that is full for a while, played by a limit of the file's size: every line is there afterwards. */
static void a_full_disk_costs_no_line(void **state)
{
    (void)state;
    begin("full");
    static char before[1024], arguments[1024];
    snprintf(before, sizeof before,
             "mkfifo %s.p; (timeout 60 cat %s.p >%s.seen &) ; trap '' XFSZ; ulimit -S -f 16; exec 3>%s.p;", folder,
             folder, folder, folder);
    snprintf(arguments, sizeof arguments, "%s %s -backup %s -save_every 0 -eval_every 0 -report none 2>&3",
             long_cfg(1000000), tiny_data(), folder);
    pid_t child = start_training(err, before, arguments);
    char seen[300];
    snprintf(seen, sizeof seen, "%s.seen", folder);
    wait_for(seen, "^700, "); // more than 16 KiB of log
    assert_int_equal(prlimit(child, RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}, 0), 0);
    wait_for(seen, "^800, ");
    kill(child, SIGTERM);
    assert_int_equal(wait_for_end(child), 128 + SIGTERM);
    run_command(&r, "cat %s/long.csv", folder);
    assert_true(last_iteration(r.out) >= 800);
    assert_true(is_log(r.out, last_iteration(r.out)));
    run_command(&r, "cat %s", seen);
    assert_non_null(strstr(r.out, "long.csv: cannot write: File too large"));
    assert_null(strstr(r.out, "Invalid argument"));
}

/* What is on a disk that stays full is counted, with the reason. */
static void an_incomplete_log_is_an_error(void **state)
{
    (void)state;
    begin("short");
    run_command(&r, "mkdir %s; %s pixelcnn train %s -backup %s -log /dev/full", folder, darknet(), tiny_train(),
                folder);
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "/dev/full: cannot write: No space left on device"));
}

/* The wall clock is set while it trains; seconds are seconds all the same. */
static void time_is_not_the_wall_clock(void **state)
{
    (void)state;
    need_preload();
    static const int jumps[] = {3600, -3600};
    for (int i = 0; i < 2; ++i) {
        begin("clock");
        run_command(&r,
                    "CLOCK_JUMP=%d LD_PRELOAD=build/cpu/tests/faults.so timeout 20 %s pixelcnn train %s %s -backup %s "
                    "-seconds 1 -json",
                    jumps[i], darknet(), long_cfg(1000000), tiny_data(), folder);
        if (r.status) fail_msg("set by %d s: status %d", jumps[i], r.status);
        double x = number_in(r.out, "seconds");
        if (x < 1 || x > 19) fail_msg("set by %d s: %f seconds", jumps[i], x);
    }
}

TEST_MAIN(cmocka_unit_test(closed_descriptors_get_nothing_else), cmocka_unit_test(a_closed_stdout_is_found_first),
          cmocka_unit_test(a_log_on_stdout_is_appended), cmocka_unit_test(a_log_goes_into_a_pipe),
          cmocka_unit_test(a_log_that_nobody_reads_is_an_error), cmocka_unit_test(clear_keeps_the_log_until_a_save),
          cmocka_unit_test(two_runs_do_not_share_a_log), cmocka_unit_test(a_full_disk_costs_no_line),
          cmocka_unit_test(an_incomplete_log_is_an_error), cmocka_unit_test(time_is_not_the_wall_clock))
