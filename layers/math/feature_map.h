/* feature_map.h - features of one image with the channels of a pixel side by side, as the kernels of panel.h
   need them, and conversion from and to Darknet's planes (C,H,W). */
#pragma once
#include <stddef.h>

/* Pixel (r,c) is at x + r * row + c * pixel. Left and right of each row there may be a margin of zeros. */
typedef struct {
    float *x;
    int h, w;
    size_t pixel, row;
} features;

/* Without margins an image is one long row. */
static inline int is_one_row(features f) { return f.row == f.w * f.pixel; }

/* Features without margins over memory of h * w * pixel floats. */
features features_over(float *x, int h, int w, int pixel);

/* Floats of features with margins of `left` and `right` pixels. */
size_t features_floats(int h, int w, int pixel, int left, int right);
/* Takes that memory from *scratch, which is advanced past it, and zeroes the margins, but not the pixels. */
features open_features(float **scratch, int h, int w, int pixel, int left, int right);

/* Channels 0 .. c-1 of f, OVERWRITTEN, from planes (c,h,w). */
void planes_to_features(const float *planes, int c, features f);
/* planes (c,h,w) from channels 0 .. c-1 of f: OVERWRITTEN, or ADDED to where add. */
void features_to_planes(features f, int c, float *planes, int add);

/* sums (n) += the sums over all pixels of channels 0 .. n-1. */
void add_pixel_sums(features f, int n, float *sums);
