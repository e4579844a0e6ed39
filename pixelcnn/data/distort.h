/*
distort.h - data augmentation: rotates, shears and stretches training images at random.

[net] distort is the fraction of rows that are distorted. Output pixel p, in pixels from the centre of the
image, shows what was at

    A p,   A = [cos t, -sin t; sin t, cos t] [s, k; 0, 1 / s],   p = (x, y)

with t uniform in [-angle, angle], k uniform in [-shear, shear], log s uniform in half of [-log aspect, log
aspect]: the area is preserved, and width / height changes by a factor of up to `aspect`. The 8-bit values are
interpolated by cubic convolution (Keys 1981, a = -1/2); border pixels extend beyond the image.
*/
#pragma once
#include <stdint.h>
#include "pixelcnn/data/dataset.h"

/* Image i of the data, at a place in the stream of training images. */
typedef struct {
    int i;
    uint64_t seed, place;
} training_image;

/* As fill_row, but possibly distorted and then possibly binarised (binarise.h). The result depends only on
   the image, the seed and the place in the stream. */
void fill_training_row(const dataset *d, const network *net, training_image m, float *input, float *truth);

/* Maps the image `from` (C,H,W) by A, given row by row, to `to` (C,H,W), OVERWRITTEN. */
void affine_image(const unsigned char *from, int c, int h, int w, const double A[4], unsigned char *to);
