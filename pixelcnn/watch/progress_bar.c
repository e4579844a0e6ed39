/*
progress_bar.c - one line, redrawn. See progress_bar.h.

Uses only the carriage return and "erase to the end of the line", which every terminal but a dumb one knows.
The last column stays empty, because some terminals wrap the line when it is filled.
*/
#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "base/errors.h"
#include "pixelcnn/watch/progress_bar.h"
#include "utils.h"

enum { SHORTEST_BAR = 8, LONGEST_BAR = 40, USUAL_WIDTH = 80, PART_BYTES = 64 };

static const double least_interval = .1; // seconds

/* ---- terminal ---- */

/* In the user's locale; the program's own is not changed. */
static int is_utf8_terminal(void)
{
    locale_t l = newlocale(LC_CTYPE_MASK, "", 0);
    if (!l) return 0;
    int is = !strcmp(nl_langinfo_l(CODESET, l), "UTF-8");
    freelocale(l);
    return is;
}

progress_bar make_bar(void)
{
    const char *term = getenv("TERM");
    progress_bar b = {.on = isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb")};
    b.utf8 = b.on && is_utf8_terminal();
    return b;
}

static int terminal_width(void)
{
    struct winsize size;
    return !ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col : USUAL_WIDTH;
}

/* ---- text ---- */

const char *clock_text(char *to, double seconds)
{
    long s = seconds > 0 ? (long)fmin(seconds, 1e9) : 0;
    snprintf(to, 32, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    return to;
}

/* What follows the bar, in order. */
enum { COUNT, BITS, VALIDATION, SPEED, RATE, LEFT, PARTS };

static double limit_part(const bar_figures *f) { return f->limit > 0 ? f->seconds / f->limit : 0; }

double fraction_done(const bar_figures *f)
{
    double done = f->iterations ? (double)f->iteration / f->iterations : 1;
    return fmin(fmax(done, limit_part(f)), 1);
}

static void fill_parts(char (*part)[PART_BYTES], const bar_figures *f, const char *doing)
{
    char clock[32];
    memset(part, 0, PARTS * PART_BYTES);
    if (limit_part(f) * f->iterations > f->iteration)
        snprintf(part[COUNT], PART_BYTES, "iteration %zu, %.0f/%.0f s", f->iteration, f->seconds, f->limit);
    else
        snprintf(part[COUNT], PART_BYTES, "%zu/%zu", f->iteration, f->iterations);
    if (f->bits >= 0) snprintf(part[BITS], PART_BYTES, "%.4f bits/dim", f->bits);
    if (f->validation >= 0) snprintf(part[VALIDATION], PART_BYTES, "val %.4f", f->validation);
    if (f->images_per_second > 0)
        snprintf(part[SPEED], PART_BYTES, f->images_per_second < 10 ? "%.1f images/s" : "%.0f images/s",
                 f->images_per_second);
    snprintf(part[RATE], PART_BYTES, "rate %.3g", f->rate);
    if (doing)
        snprintf(part[LEFT], PART_BYTES, "%s", doing);
    else
        snprintf(part[LEFT], PART_BYTES, "%s left", clock_text(clock, f->left));
}

static int length_of(char (*part)[PART_BYTES], int gap)
{
    int n = 0;
    for (int i = 0; i < PARTS; ++i) n += part[i][0] ? gap + (int)strlen(part[i]) : 0;
    return n;
}

/* In eighths of a column if the terminal has them. Returns the end of the text. */
static char *put_bar(char *to, double fraction, int columns, int utf8)
{
    int eighths = (int)(fraction * columns * 8);
    *to++ = ' ';
    if (!utf8) *to++ = '[';
    for (int i = 0; i < columns; ++i, eighths -= 8)
        if (!utf8)
            *to++ = eighths >= 8 ? '#' : '.';
        else if (eighths <= 0)
            to = stpcpy(to, "\u00b7"); // a dot in the middle of the line
        else                           // full block, seven eighths ... one eighth
            to += sprintf(to, "\xe2\x96%c", 0x88 + (eighths < 8 ? 8 - eighths : 0));
    if (!utf8) *to++ = ']';
    *to = 0;
    return to;
}

/* Columns left for the bar. */
static int columns_for_bar(char (*part)[PART_BYTES], int gap, int width, int utf8)
{
    int percentage = 4, frame = utf8 ? 1 : 3;
    return width - percentage - frame - length_of(part, gap);
}

/* At most `width` columns, to at least BAR_BYTES bytes. Empties the parts that do not fit. */
static void compose_line(char *to, double fraction, char (*part)[PART_BYTES], int width, int utf8)
{
    static const int dropped[] = {RATE, SPEED, VALIDATION, COUNT};
    enum { DROPPED = sizeof dropped / sizeof *dropped };
    int gap = 2, left;
    for (int step = 0; (left = columns_for_bar(part, gap, width, utf8)) < SHORTEST_BAR && step <= DROPPED; ++step)
        if (!step)
            gap = 1; // first the gaps shrink
        else
            part[dropped[step - 1]][0] = 0;
    char *at = to + sprintf(to, "%3d%%", (int)(fraction * 100));
    if (left >= SHORTEST_BAR) at = put_bar(at, fraction, left < LONGEST_BAR ? left : LONGEST_BAR, utf8);
    for (int i = 0; i < PARTS; ++i)
        if (part[i][0]) at += sprintf(at, "%*s%s", gap, "", part[i]);
    if (left < SHORTEST_BAR && width < at - to) to[width > 0 ? width : 0] = 0; // without a bar it is ASCII
}

void compose_bar(char *to, bar_figures f, const char *doing, int width, int utf8)
{
    char part[PARTS][PART_BYTES];
    fill_parts(part, &f, doing);
    compose_line(to, fraction_done(&f), part, width, utf8);
}

void compose_task(char *to, const char *doing, double done, double left, int width, int utf8)
{
    char part[PARTS][PART_BYTES] = {{0}}, clock[32];
    snprintf(part[COUNT], PART_BYTES, "%s", doing);
    if (left >= 0) snprintf(part[LEFT], PART_BYTES, "%s left", clock_text(clock, left));
    compose_line(to, done, part, width, utf8);
}

/* ---- drawing ---- */

static void redraw_line(progress_bar *b, const char *text)
{
    fprintf(stderr, "\r%s\033[K", text);
    fflush(stderr);
    b->last = what_time_is_it_now();
    stderr_line_open = b->drawn = 1;
}

static void show(progress_bar *b, bar_figures f, const char *doing)
{
    char text[BAR_BYTES];
    compose_bar(text, f, doing, terminal_width() - 1, b->utf8);
    redraw_line(b, text);
}

void draw_task(progress_bar *b, const char *doing, double done, double left)
{
    char text[BAR_BYTES];
    compose_task(text, doing, done, left, terminal_width() - 1, b->utf8);
    if (b->on) redraw_line(b, text);
}

void draw_bar(progress_bar *b, bar_figures f, const char *doing)
{
    if (b->on && (doing || what_time_is_it_now() - b->last >= least_interval)) show(b, f, doing);
}

void erase_bar(progress_bar *b)
{
    if (b->drawn) fputs("\r\033[K", stderr);
    stderr_line_open = b->drawn = 0;
}

void say_above(progress_bar *b, const char *format, ...)
{
    va_list args;
    erase_bar(b);
    b->last = 0; // the next one is drawn at once
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

void end_bar(progress_bar *b, bar_figures f)
{
    if (!b->on) return;
    show(b, f, 0);
    fputc('\n', stderr);
    stderr_line_open = b->drawn = b->on = 0;
}
