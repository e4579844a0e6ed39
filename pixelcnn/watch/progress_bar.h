/* progress_bar.h - the progress of training, or of a task, on one line of a terminal, which is redrawn. */
#pragma once
#include <stddef.h>

typedef struct {
    size_t iteration, iterations; // of max_batches
    double seconds, limit;        // of this run; limit 0: none
    double left;                  // seconds
    double bits, validation;      // bits/dim; negative: none yet
    double rate, images_per_second;
} bar_figures;

typedef struct {
    int on;      // stderr is a terminal that can redraw a line
    int utf8;    // and shows UTF-8
    int drawn;   // the cursor is after the bar
    double last; // time of the last drawing
} progress_bar;

enum { BAR_BYTES = 1024 };

/* Off if stderr is not a terminal, or TERM is missing or dumb. */
progress_bar make_bar(void);

/* Redraws it, at most ten times a second, or at once if `doing` says what happens instead of iterations. */
void draw_bar(progress_bar *b, bar_figures f, const char *doing);

/* Prints a line on stderr, above the bar if there is one; adds the newline. */
void say_above(progress_bar *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Removes it from the terminal; the next drawing brings it back. */
void erase_bar(progress_bar *b);

/* Draws it a last time, leaves it on the terminal and turns it off. */
void end_bar(progress_bar *b, bar_figures f);

/* The fraction done of iterations or seconds, whichever is closer to the end: 0 to 1. */
double fraction_done(const bar_figures *f);

/* The bar's text, at most `width` columns, to at least BAR_BYTES bytes. What does not fit is omitted in this
   order: learning rate, images/s, validation, iterations, the bar itself. */
void compose_bar(char *to, bar_figures f, const char *doing, int width, int utf8);

/* The same for a task of which `done` (0 to 1) is done and `left` seconds are left, negative: unknown.
   `doing`, in ASCII, is omitted on a narrow terminal. */
void draw_task(progress_bar *b, const char *doing, double done, double left);
void compose_task(char *to, const char *doing, double done, double left, int width, int utf8);

/* 1:02:03 to at least 32 bytes. */
const char *clock_text(char *to, double seconds);
