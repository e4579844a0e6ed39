/* classify_pictures.h - what `pixelcnn classify` prints for picture files, which have no labels: one row
   each. */
#pragma once
#include "pixelcnn/data/dataset.h"

typedef struct {
    const dataset *d;  // with names
    const double *nll; // (d->n,classes)
    int nets, dims;    // dims: values of an image
    double seconds;
    char *const *names; // (classes); NULL: unknown
} classified_pictures;

/* On stdout: label, probability, bits/dim with the label unknown (for a single net only), name (if known),
   file. */
void print_classified(const classified_pictures *x);

/* The same as JSON, with the probability of each class. */
void print_classified_json(const classified_pictures *x);

/* As CSV to a file: index, read, probability, nats under each class, file, read_name (if known). */
void write_classified(const classified_pictures *x, const char *file);
