/* design.h - designs a net for a data set and a training time, as the text of a cfg. */
#pragma once
#include "pixelcnn/data/dataset.h"

typedef struct {
    int c, h, w, levels;
    int classes, attributes; // classes 0: no label
    int crop;                // fit=crop
    int filters;             // of each layer; a multiple of c
    int iterations;
} net_design;

/* The cfg, below lines of comment that end with a newline. Free it. */
char *cfg_of_design(const net_design *d, const char *comment);

/* What training costs. */
typedef struct {
    double update, image; // seconds: an update; a held-out image
    int held;             // images of a validation
} training_times;

/* Measures a few nets, and sets d->filters and d->iterations so that training on `images` images takes about
   `seconds` on this machine. The rest of d is given. */
training_times choose_filters(net_design *d, int images, double seconds);
