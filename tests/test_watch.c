/*
test_watch.c - the display of a training: the bar on a terminal (a pseudo-terminal here), lines elsewhere, the
chart.
*/
#include <errno.h>
#include <math.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "pixelcnn/watch/chart.h"
#include "pixelcnn/watch/progress_bar.h"
#include "tests/picture_files.h"
#include "tests/training.h"

static run_result r;

/* ---- terminal ---- */

/* Runs a shell command on a terminal of that many columns: the output is in r.out, the status in r.status. */
static void run_on_terminal(int columns, const char *command)
{
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    size_t n = 0;
    ssize_t got;
    int master, status;
    fflush(0);
    pid_t child = forkpty(&master, 0, 0, &size);
    assert_true(child >= 0);
    if (!child) {
        execl("/bin/sh", "sh", "-c", command, (char *)0);
        _exit(127);
    }
    while ((got = read(master, r.out + n, sizeof r.out - 1 - n)) > 0 || (got < 0 && errno == EINTR))
        n += got > 0 ? got : 0;
    r.out[n] = 0;
    close(master);
    assert_int_equal(waitpid(child, &status, 0), child);
    r.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void train_on_terminal(int columns, const char *environment, const char *options)
{
    char command[2048];
    snprintf(command, sizeof command, "%s %s pixelcnn train %s -backup %s %s", environment, darknet(), tiny_train(),
             fresh_folder("watched"), options);
    run_on_terminal(columns, command);
}

/* Columns of a text in UTF-8. */
static int columns_of(const char *text, size_t bytes)
{
    int n = 0;
    for (size_t i = 0; i < bytes; ++i) n += (text[i] & 0xc0) != 0x80;
    return n;
}

/* Each time that the bar is drawn it fits. Returns how often that is; the last one is copied to `last`. */
static int bars(int columns, char *last)
{
    int n = 0;
    for (const char *at = r.out, *end; (end = strstr(at, "\033[K")); at = end + 3) {
        const char *start = end;
        while (start > at && start[-1] != '\r' && start[-1] != '\n') --start;
        if (start == end) continue; // erased, for a message
        assert_true(start > r.out && start[-1] == '\r');
        assert_true(columns_of(start, end - start) < columns);
        sprintf(last, "%.*s", (int)(end - start), start);
        ++n;
    }
    return n;
}

static void a_terminal_gets_a_bar(void **state)
{
    (void)state;
    char last[BAR_BYTES];
    train_on_terminal(120, "TERM=xterm LC_ALL=C.UTF-8", "");
    assert_int_equal(r.status, 0);
    assert_true(bars(120, last) >= 5); // four validations are announced before they are made
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
        assert_true(bars(widths[i], last) >= 5);
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
static void errors_stand_below_the_bar(void **state)
{
    (void)state;
    char command[2048], folder[256];
    strcpy(folder, fresh_folder("explodes"));
    run_command(&r, "sed 's/adam=1/adam=1\\npolicy=steps\\nsteps=5,6,7,8,9\\nscales=1e6,1e6,1e6,1e6,1e6/' %s >%s.cfg",
                tiny_cfg(), folder);
    snprintf(command, sizeof command, "TERM=xterm %s pixelcnn train %s.cfg %s -backup %s", darknet(), folder,
             tiny_data(), folder);
    run_on_terminal(80, command);
    assert_int_equal(r.status, 3);
    assert_non_null(strstr(r.out, "left\033[K\r\niteration "));
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

/* ---- chart ---- */

enum { CHART_WIDTH = 1200, CHART_HEIGHT = 640 };
static unsigned char chart_pixels[3][CHART_HEIGHT][CHART_WIDTH];

static void long_trainings_take_no_more_memory(void **state)
{
    (void)state;
    static curves c;
    static double smooth[CURVE_BINS], coarse[CURVE_BINS];
    begin_curves(&c);
    for (int i = 1; i <= 100000; ++i) {
        add_iteration(&c, i, i <= 50000 ? 2 : 1, i * 1e-6);
        if (i % 30000 == 0) add_validation(&c, i, .5 + i * 1e-6);
    }
    assert_int_equal(c.stride, 64);
    assert_int_equal(c.first, 0);
    assert_int_equal(c.end, (100000 + 63) / 64);
    double n = 0, sum = 0;
    size_t validations = 0;
    for (int i = 0; i < c.end; ++i) {
        n += c.bin[i].n;
        sum += c.bin[i].sum;
        validations += c.bin[i].validated;
        if (c.bin[i].validated) assert_float_equal(c.bin[i].validation, .5 + c.bin[i].validated * 1e-6, 1e-6);
    }
    assert_true(n == 100000 && sum == 150000);
    assert_int_equal(validations, 180000);
    assert_float_equal(c.bin[10].rate, 11 * 64e-6, 1e-9);
    smooth_curve(&c, smooth);
    assert_true(smooth[0] == 2 && smooth[c.end - 1] == 1);
    assert_float_equal(smooth[50000 / 64], 1.5, .05);
    assert_int_equal(coarse_curve(&c, 4, coarse), (c.end + 3) / 4);
    assert_true(coarse[0] == 2 && coarse[300] == 1);
}

static void read_chart(const char *file) { read_png_planes(file, CHART_HEIGHT, CHART_WIDTH, &chart_pixels[0][0][0]); }

static int is_near(int y, int x, const int *rgb)
{
    int far = 0;
    for (int k = 0; k < 3; ++k) far += abs(chart_pixels[k][y][x] - rgb[k]) > 12;
    return !far;
}

/* Columns of the plot that hold the colour, and the mean row of it. */
static int find_colour(const int *rgb, double *row)
{
    int columns = 0, n = 0;
    *row = 0;
    for (int x = 96; x < 1090; ++x) {
        int here = 0;
        for (int y = 96; y < 569; ++y)
            if (is_near(y, x, rgb)) {
                *row += y;
                ++here;
            }
        columns += here > 0;
        n += here;
    }
    *row /= n ? n : 1;
    return columns;
}

static void the_chart_shows_what_was(void **state)
{
    (void)state;
    static curves c;
    static const int blue[] = {41, 110, 181}, red[] = {214, 69, 64}, dark[] = {22, 24, 29}, white[] = {255, 255, 255};
    double training, validation;
    size_t bytes;
    const char *file = scratch("chart.png");
    begin_curves(&c);
    for (int i = 1; i <= 200; ++i) add_iteration(&c, i, 1, .001);
    for (int i = 50; i <= 200; i += 50) add_validation(&c, i, 2);
    unsigned char *png = draw_chart(&c, "a net", CHART_LIGHT, &bytes);
    write_file(file, png, bytes);
    free(png);
    read_chart(file);
    assert_true(is_near(2, 2, white));
    assert_true(find_colour(blue, &training) > 950);          // from side to side
    assert_in_range(find_colour(red, &validation), 700, 760); // three quarters
    /* 1 and 2 with 7 % of air above and below */
    assert_float_equal(training, 96 + 474 * (1 - .07 / 1.14), 2);
    assert_float_equal(validation, 96 + 474 * .07 / 1.14, 2);
    png = draw_chart(&c, "a net", CHART_DARK, &bytes);
    write_file(file, png, bytes);
    free(png);
    read_chart(file);
    assert_true(is_near(2, 2, dark));
    assert_int_equal(find_colour(blue, &training), 0);
}

/* Pixels in which the folder's chart differs from that of the pixels read before. */
static int differing(const char *folder)
{
    static unsigned char before[sizeof chart_pixels];
    char file[300];
    int n = 0;
    memcpy(before, chart_pixels, sizeof before);
    snprintf(file, sizeof file, "%s/chart.png", folder);
    read_chart(file);
    for (size_t i = 0; i < sizeof before; ++i) n += abs((&chart_pixels[0][0][0])[i] - before[i]) > 8;
    return n;
}

static void the_chart_goes_on_after_a_resume(void **state)
{
    (void)state;
    char folder[256];
    strcpy(folder, fresh_folder("charted"));
    train_part(&r, folder, 12, "");
    assert_int_equal(r.status, 0);
    assert_true(differing(folder) > 1000); // from an empty one
    resume_training(&r, folder, "");
    assert_int_equal(r.status, 0);
    assert_true(differing(folder) > 1000); // from the first part
    strcpy(folder, fresh_folder("in-one"));
    resume_training(&r, folder, "");
    assert_int_equal(differing(folder), 0);
}

/* Cairo takes UTF-8 alone. */
static void the_chart_is_drawn_under_any_name(void **state)
{
    (void)state;
    char folder[256], file[300];
    strcpy(folder, fresh_folder("named"));
    run_command(&r, "mkdir %s; cp %s %s/$(printf 'n\\351').cfg; %s pixelcnn train %s/*.cfg %s -backup %s", folder,
                tiny_cfg(), folder, darknet(), folder, tiny_data(), folder);
    assert_int_equal(r.status, 0);
    snprintf(file, sizeof file, "%s/chart.png", folder);
    read_chart(file);
    int inked = 0;
    for (int y = CHART_HEIGHT - 30; y < CHART_HEIGHT; ++y) // the word below the axis
        for (int x = 0; x < CHART_WIDTH; ++x) inked += chart_pixels[0][y][x] < 128;
    assert_true(inked > 50);
}

/* ---- preview ---- */

/* chafa is looked for in a folder alone. */
static void draw_with_preview(const char *command, const char *input, const char *path)
{
    static char folder[256];
    if (!folder[0]) {
        strcpy(folder, fresh_folder("drawing"));
        resume_training(&r, folder, "");
    }
    run_command(&r, "PATH=%s %s pixelcnn %s %s %s/tiny_final.weights %s -out %s/d.png -preview", path, darknet(),
                command, tiny_cfg(), folder, input, folder);
}

static void make_chafa(const char *folder, const char *script)
{
    char file[300];
    run_command(&r, "mkdir %s", folder);
    snprintf(file, sizeof file, "%s/chafa", folder);
    write_text(file, script);
    run_command(&r, "chmod +x %s", file);
}

static void a_preview_is_shown_where_it_can(void **state)
{
    (void)state;
    char shows[256], fails[256];
    strcpy(shows, fresh_folder("shows"));
    strcpy(fails, fresh_folder("fails"));
    make_chafa(shows, "#!/bin/sh\n[ -s \"$2\" ] && echo \"shown: $*\"\n");
    make_chafa(fails, "#!/bin/sh\nexit 3\n");
    draw_with_preview("sample", "-n 2 -json", shows);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "\nshown: -- /"));
    assert_null(strstr(r.out, "shown"));
    draw_with_preview("sample", "-n 2", fails);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "-preview: chafa cannot show"));
    draw_with_preview("sample", "-n 2", "/nowhere");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "apt-get install chafa"));
    char input[300];
    snprintf(input, sizeof input, "%s -n 2", tiny_data());
    draw_with_preview("complete", input, shows);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "\nshown: -- /"));
}

TEST_MAIN(cmocka_unit_test(a_preview_is_shown_where_it_can), cmocka_unit_test(long_trainings_take_no_more_memory),
          cmocka_unit_test(the_chart_shows_what_was), cmocka_unit_test(the_chart_goes_on_after_a_resume),
          cmocka_unit_test(the_chart_is_drawn_under_any_name), cmocka_unit_test(a_terminal_gets_a_bar),
          cmocka_unit_test(the_width_of_the_terminal_counts), cmocka_unit_test(others_get_lines),
          cmocka_unit_test(errors_stand_below_the_bar), cmocka_unit_test(what_does_not_fit_is_left_out_in_order),
          cmocka_unit_test(the_bar_is_as_long_as_what_is_done))
