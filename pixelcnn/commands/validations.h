/*
validations.h - automatic validations: when, and on how many images.

About ten times: after each tenth of max_batches, or of -seconds. Such a look at the net uses only as many of
the held-out images as let ten looks take about a twentieth of the training time. If that is all of them, it
is a validation like the others.
*/
#pragma once
#include <stddef.h>
#include <stdint.h>

/* EVAL_AUTOMATIC, the default of -eval_every: looks, and all held-out images every EVAL_USUALLY
   iterations. */
enum { EVAL_AUTOMATIC = -1, EVAL_USUALLY = 1000 };

/* The plan of this run. */
typedef struct {
    size_t first, last; // iterations: it starts after `first` and ends at `last`
    int images;         // of an iteration
    int held;           // held out
    double limit;       // seconds; 0: none
    int tenths;         // done, of a run with a limit
    int look;           // images of a look; 0: not known yet
} look_plan;

/* DUE_VALIDATION, DUE_LOOK or 0 after an iteration that is not the last; seconds: of this run. Without a
   limit it depends only on the iteration, so that a resumed run does what an uninterrupted one would have
   done. */
uint64_t look_due(look_plan *p, size_t iteration, double seconds);

/* The number of images of a look; the same from the first call on. */
int look_images(look_plan *p, size_t iteration, double seconds);
