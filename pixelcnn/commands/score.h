/*
score.h - what `pixelcnn score` finds out about images, and how it is printed.
*/
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
    float *label;     // space for one
    double *nll;      // nats
    double *against;  // nats under the second net
    double *png_bits; // png_bits.h
} image_scores;

/* Is -label p(x), whatever the label? */
int is_marginal(const score_options *o);

/* Nats that the second net finds it likelier by: novel if high. Bits that the net needs beyond those of a compressor. */
double ratio_nats(const image_scores *s, int i);
double excess_bits(const image_scores *s, int i);

/* What images are ranked by, the usual ones first: the ratio if there is a second net, else the nats. */
double rank_of(const image_scores *s, int i);

/* score_rows.c: as CSV to a file, NULL: stdout; the means as a line; as JSON. */
void write_score_rows(const score_options *o, const image_scores *s);
void print_score_summary(const score_options *o, const image_scores *s);
void print_score_json(const score_options *o, const image_scores *s);

/* score_sheet.c: exits 1 if a picture would be too large; writes those that were asked for, on rank 0. [all ranks] */
void check_score_pictures(const score_options *o, const network *net, int n);
void write_score_pictures(const score_options *o, network *net, const image_scores *s);
