/*
test_watch.c - what `train` shows: the bar on a terminal (a pseudo-terminal here), lines elsewhere.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "pixelcnn/watch/progress_bar.h"
#include "tests/terminal.h"
#include "tests/training.h"

static run_result r;

/* ---- terminal ---- */

static void train_on_terminal(int columns, const char *environment, const char *options)
{
    char command[2048];
    snprintf(command, sizeof command, "%s %s pixelcnn train %s -backup %s %s", environment, darknet(), tiny_train(),
             fresh_folder("watched"), options);
    run_on_terminal(&r, columns, command);
}

static void a_terminal_gets_a_bar(void **state)
{
    (void)state;
    char last[BAR_BYTES];
    train_on_terminal(120, "TERM=xterm LC_ALL=C.UTF-8", "");
    assert_int_equal(r.status, 0);
    assert_true(bars_in(r.out, 120, last) >= 5); // four validations are announced before they are made
    assert_memory_equal(last, "100% \u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588", 5 + 8 * 3);
    static const char *const parts[] = {"  24/24  ", " bits/dim  val ", " images/s  rate 0.01  0:00:00 left"};
    for (int i = 0; i < 3; ++i) assert_non_null(strstr(last, parts[i]));
    assert_non_null(strstr(r.out, "  validating\033[K"));
    assert_non_null(strstr(r.out, "\r\033[Kvalidation: ")); // above the bar
    assert_non_null(strstr(r.out, "left\033[K\r\ntrained for "));
    assert_null(strstr(r.out, " avg, "));
}

static void the_width_of_the_terminal_counts(void **state)
{
    (void)state;
    char last[BAR_BYTES];
    static const int widths[] = {80, 60, 40, 20, 6, 2};
    for (int i = 0; i < 6; ++i) {
        train_on_terminal(widths[i], "TERM=vt100 LC_ALL=C", "");
        assert_int_equal(r.status, 0);
        assert_true(bars_in(r.out, widths[i], last) >= 5);
        for (const char *c = r.out; *c; ++c) assert_true((unsigned char)*c < 128);
    }
}

/* A terminal that cannot, one that does not say what it is, and no terminal. */
static void others_get_lines(void **state)
{
    (void)state;
    static const char *const environments[] = {"TERM=dumb", "TERM=", "env -u TERM"};
    for (int i = 0; i < 4; ++i) {
        if (i < 3)
            train_on_terminal(80, environments[i], "");
        else
            train_on_terminal(80, "TERM=xterm", "2>&1 | cat");
        assert_int_equal(r.status, 0);
        assert_null(strchr(r.out, '\033'));
        int lines = 0;
        for (const char *at = r.out; (at = strstr(at, " avg, ")); ++at) ++lines;
        assert_int_equal(lines, ITERATIONS);
        assert_non_null(strstr(r.out, "24, 2.667: ")); // 36 images
    }
}

/* A message that ends the program starts a line of its own. */
static void errors_are_below_the_bar(void **state)
{
    (void)state;
    char command[2048], folder[256];
    strcpy(folder, fresh_folder("explodes"));
    run_command(&r, "sed 's/adam=1/adam=1\\npolicy=steps\\nsteps=5,6,7,8,9\\nscales=1e6,1e6,1e6,1e6,1e6/' %s >%s.cfg",
                tiny_cfg(), folder);
    snprintf(command, sizeof command, "TERM=xterm %s pixelcnn train %s.cfg %s -backup %s", darknet(), folder,
             tiny_data(), folder);
    run_on_terminal(&r, 80, command);
    assert_int_equal(r.status, 3);
    assert_non_null(strstr(r.out, "left\033[K\r\niteration "));
    assert_non_null(strstr(r.out, "to watch it, open "));
    assert_non_null(strstr(r.out, ".html in a browser\r\n"));
}

/* ---- text of the bar ---- */

static const bar_figures some = {.iteration = 8400,
                                 .iterations = 20000,
                                 .seconds = 3600,
                                 .left = 4985,
                                 .bits = .25134,
                                 .validation = .24976,
                                 .rate = .003,
                                 .images_per_second = 356.4};

static void what_does_not_fit_is_left_out_in_order(void **state)
{
    (void)state;
    static const char *const parts[] = {"rate 0.003", "356 images/s", "val 0.2498", "8400/20000", "["};
    char text[BAR_BYTES];
    int left = 5;
    for (int width = 200; width >= 0; --width) {
        compose_bar(text, some, 0, width, 0);
        assert_true((int)strlen(text) <= width);
        int seen = 0, first = 0;
        for (int i = 4; i >= 0; --i) seen += !!strstr(text, parts[i]);
        while (first < 5 && !strstr(text, parts[first])) ++first;
        assert_int_equal(seen, 5 - first); // those that go first are gone
        assert_true(seen <= left);
        left = seen;
        if (width >= 34) assert_non_null(strstr(text, " 42%"));
        if (width >= 34) assert_non_null(strstr(text, "0.2513 bits/dim"));
        if (width >= 34) assert_non_null(strstr(text, "1:23:05 left"));
    }
    assert_int_equal(left, 0);
    compose_bar(text, some, 0, 79, 0);
    assert_non_null(strstr(text, "images/s")); // all but the rate on a usual terminal
}

static void the_bar_is_as_long_as_what_is_done(void **state)
{
    (void)state;
    char text[BAR_BYTES];
    bar_figures f = some;
    compose_bar(text, f, "validating", 200, 0);
    assert_string_equal(text,
                        " 42% [################........................]  8400/20000  0.2513 bits/dim  val 0.2498  "
                        "356 images/s  rate 0.003  validating");
    f.limit = 4000; // is nearer than max_batches
    f.validation = f.bits = -1;
    f.images_per_second = 2.34;
    compose_bar(text, f, 0, 200, 0);
    assert_string_equal(text,
                        " 90% [####################################....]  iteration 8400, 3600/4000 s  2.3 images/s  "
                        "rate 0.003  1:23:05 left");
    f = (bar_figures){.iteration = 3, .iterations = 64, .bits = -1, .validation = -1};
    compose_bar(text, f, "", 18, 1); // 3/64 of 8 columns: three eighths of one
    assert_memory_equal(text, "  4% \u258d\u00b7\u00b7\u00b7\u00b7\u00b7\u00b7\u00b7 ", 5 + 3 + 7 * 2 + 1);
}

/* ---- running mean ---- */

/* Column 4, bits/dim of each iteration, of a log. Returns how many. */
static int logged_bits(const char *folder, double *bits)
{
    int n = 0;
    run_command(&r, "cut -d, -f4 %s/tiny.csv | tail -n +2 | grep .", folder);
    for (char *at = strtok(r.out, "\n"); at && n < ITERATIONS; at = strtok(0, "\n")) bits[n++] = atof(at);
    return n;
}

/* The printed mean weighs iteration i of n by .98^(n-i), and these weights sum to 1 from the first iteration
   on. */
static void the_running_mean_is_debiased(void **state)
{
    (void)state;
    char folder[256];
    double bits[ITERATIONS], sum = 0, weights = 0;
    int n = 0;
    static run_result printed, rest;
    strcpy(folder, fresh_folder("averaged"));
    train_part(&printed, folder, 10, "");
    resume_training(&rest, folder, "");
    assert_int_equal(rest.status, 0);
    assert_int_equal(logged_bits(folder, bits), ITERATIONS);
    strcat(printed.err, rest.err);
    for (const char *at = printed.err; n < ITERATIONS && (at = strstr(at, " avg, ")); ++at, ++n) {
        const char *start = at;
        while (start[-1] != ' ') --start;
        sum = .98 * sum + .02 * bits[n] * log(2);
        weights = .98 * weights + .02;
        assert_float_equal(atof(start), sum / weights, 2e-6);
    }
    assert_int_equal(n, ITERATIONS);
}

TEST_MAIN(cmocka_unit_test(the_running_mean_is_debiased), cmocka_unit_test(a_terminal_gets_a_bar),
          cmocka_unit_test(the_width_of_the_terminal_counts), cmocka_unit_test(others_get_lines),
          cmocka_unit_test(errors_are_below_the_bar), cmocka_unit_test(what_does_not_fit_is_left_out_in_order),
          cmocka_unit_test(the_bar_is_as_long_as_what_is_done))
