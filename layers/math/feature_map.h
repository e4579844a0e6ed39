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

/* Features of a batch, whose margins stay zero: what is right of a row is left of the next. */
typedef struct {
    features first; // image 0; x NULL: there are none
    float *memory;
} feature_batch;

/* Takes memory only where it has been written to. `sides` columns of margin on either side. Free with
   free_feature_batch. */
feature_batch make_feature_batch(int batch, features shape, int sides);
void free_feature_batch(feature_batch *t);
features batch_image(const feature_batch *t, int b);

/* Channels 0 .. c-1 of f, OVERWRITTEN, from planes (c,h,w). */
void planes_to_features(const float *planes, int c, features f);
/* planes (c,h,w) from channels 0 .. c-1 of f: OVERWRITTEN, or ADDED to where add. */
void features_to_planes(features f, int c, float *planes, int add);

/* y += x, of the same size but for the margins. */
void add_features(features x, features y);

/* sums (n) += the sums over all pixels of channels 0 .. n-1. */
void add_pixel_sums(features f, int n, float *sums);
