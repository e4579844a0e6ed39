/*
distort.h - training images turned, slanted and stretched at random: data augmentation by affine maps.

[net] distort is the share of the rows that are distorted. Output pixel p, measured from the centre of the image in
pixels, shows what was at

    A p,   A = [cos t, -sin t; sin t, cos t] [s, k; 0, 1 / s],   p = (x, y)

with t uniform in [-angle, angle], k uniform in [-shear, shear], log s uniform in half of [-log aspect, log aspect]:
the area stays, width / height changes by up to `aspect`. In between pixels by cubic convolution (Keys 1981, a = -1/2)
of the 8 bit values; beyond the border stands what is on it.
*/
#pragma once
#include <stdint.h>
#include "pixelcnn/data/dataset.h"

/* As fill_row, of image i at a place of the stream, distorted or not, then binarised (binarise.h) or not: which way depends
   on seed and place alone. */
void fill_training_row(const dataset *d, const network *net, int i, uint64_t seed, uint64_t place, float *input,
                       float *truth);

/* to (C,H,W), OVERWRITTEN: the image `from` (C,H,W) under the map A, row by row. */
void affine_image(const unsigned char *from, int c, int h, int w, const double A[4], unsigned char *to);
