/*
validations.h - when a training validates without being asked, and on how many images.

Some ten times: after each tenth of max_batches, or of -seconds. Such a look at the net uses only so many of
the held-out images that ten of them take about a twentieth of the training's time. Where that is all of them,
it is a validation like the others.
*/
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Validations that nobody asked for: -eval_every. Besides the looks, all held-out images every so many
   iterations. */
enum { EVAL_AUTOMATIC = -1, EVAL_USUALLY = 1000 };

/* Of this run. */
typedef struct {
    size_t first, last; // iterations: it starts after `first` and ends at `last`
    int images;         // of an iteration
    int held;           // held out
    double limit;       // seconds; 0: none
    int tenths;         // done, of a run with a limit
    int look;           // images of a look; 0: not known yet
} look_plan;

/* DUE_VALIDATION, DUE_LOOK or 0 after an iteration that is not the last; seconds: of this run. Without a
   limit it depends on the iteration alone, so that a resumed training does what it would have done. */
uint64_t look_due(look_plan *p, size_t iteration, double seconds);

/* The images of a look, from then on always as many. */
int look_images(look_plan *p, size_t iteration, double seconds);
