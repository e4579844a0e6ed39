/*
labelled.h - helpers for the tests of commands that use a net: a data set in which the label determines the
image, a net trained on it, and reading of pictures.
*/
#pragma once
#include "tests/support.h"

enum { HEIGHT = 6, WIDTH = 5, CLASSES = 3, LEVELS = 4, VALUES = HEIGHT * WIDTH, IMAGES = 60 };

/* Image i of the test set has the shades of class i % CLASSES with some noise. Every fifth is labelled as the
   next class instead, so it is known how a net that has learned classifies it. */
typedef struct {
    char cfg[256], data[256], weights[320];
    unsigned char pixels[IMAGES][VALUES]; // of the test set
    unsigned char labels[IMAGES];
} labelled;

/* Created and trained on the first call. */
const labelled *labelled_net(void);

/* Sets variables for command lines: $NET, that net's cfg and weights, and $SHADES, its data. */
void set_net_variables(void);

/* The sheet, at scale 1, that sample or complete (input: what to complete) draws with the net. Free it. */
unsigned char *draw_sheet(run_result *r, const char *command, const char *input, const char *options, int *w);

/* A PNG of image i of the test set; always the same file. */
const char *picture_of(int i);

/* Writes IDX files of a test set to a new folder. */
void write_test_set(const char *folder, int n, const unsigned char *pixels, const unsigned char *labels);

/* Reads a PNG of `channels` bytes per pixel, (h,w,channels). Free it. */
unsigned char *read_png(const char *path, int channels, int *w, int *h);
unsigned char *read_grey_png(const char *path, int *w, int *h);
void write_grey_png(const char *path, int w, int h, const unsigned char *x);

/* In a sheet that was read: pixel (r,c) of the image at row y, column x. */
unsigned char *sheet_pixel(unsigned char *sheet, int width, int y, int x, int r, int c);

/* The 8-bit value that a value of the data is drawn as. */
int as_drawn(int value);
