/* score.h - the figures of `pixelcnn score`, and how they are printed. */
#pragma once
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/data/evaluate.h"

typedef struct {
    const char *csv, *sheet, *heat, *label, *background, *against[2];
    int limit, batch, n, scale, json, complexity;
} score_options;

/* Figures of images 0 .. n-1. Arrays that were not asked for are NULL. */
typedef struct {
    const network *net;
    const dataset *d;
    int n;
    float *label;     // memory for one
    double *nll;      // nats
    double *against;  // nats under the second net
    double *png_bits; // png_bits.h
} image_scores;

/* Is -label p(x), whatever the label? */
int is_marginal(const score_options *o);

/* How many more nats than the second net the net needs, and how many more bits than a compressor: high if the
   image is unusual. */
double ratio_nats(const image_scores *s, int i);
double excess_bits(const image_scores *s, int i);

/* The score to rank images by, usual ones first: the ratio if there is a second net, else the nats. */
double rank_of(const image_scores *s, int i);

/* score_rows.c: as CSV to a file, NULL: stdout; the means as a line; as JSON. */
void write_score_rows(const score_options *o, const image_scores *s);
void print_score_summary(const score_options *o, const image_scores *s);
void print_score_json(const score_options *o, const image_scores *s);

/* score_sheet.c: exits 1 if a picture would be too large; writes those that were asked for, on rank 0. [all
   ranks] */
void check_score_pictures(const score_options *o, const network *net, int n);
void write_score_pictures(const score_options *o, network *net, const image_scores *s);
