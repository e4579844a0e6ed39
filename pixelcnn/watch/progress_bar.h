/*
progress_bar.h - how far a training is, on one line of a terminal that is drawn over and over.
*/
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
    int on;      // stderr is a terminal that can go back on its line
    int utf8;    // and shows more than ASCII
    int drawn;   // the cursor stands behind it
    double last; // when it was drawn
} progress_bar;

enum { BAR_BYTES = 1024 };

/* Off where stderr is no terminal, or TERM is missing or dumb. */
progress_bar make_bar(void);

/* Draws it anew, but no more than ten times a second unless `doing` is given: what goes on instead of iterations. Does
   nothing where it is off. */
void draw_bar(progress_bar *b, bar_figures f, const char *doing);

/* A line on stderr, above the bar where there is one; a new line is added. */
void say_above(progress_bar *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Draws it for the last time and leaves it there; what follows is printed below, and the bar is off. */
void end_bar(progress_bar *b, bar_figures f);

/* Of iterations or of seconds, whichever is nearer its end: 0 to 1. */
double fraction_done(const bar_figures *f);

/* The bar's text, at most `width` columns, to at least BAR_BYTES bytes. What does not fit is left out: first the learning
   rate, then images/s, validation, iterations, the bar itself. */
void compose_bar(char *to, bar_figures f, const char *doing, int width, int utf8);

/* 1:02:03 to at least 32 bytes. */
const char *clock_text(char *to, double seconds);
