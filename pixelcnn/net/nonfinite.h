/* nonfinite.h - finds NaN and infinity in a net. */
#pragma once
#include "darknet.h"

/* The index of the first of n floats that is NaN or infinite, or n. */
size_t first_nonfinite(size_t n, const float *x);

/* Is one of a layer's n floats NaN or infinite? If so, `where` (256 bytes) gets the layer, `what`, the index
   and the value. */
int has_nonfinite(const network *net, int layer, const char *what, size_t n, const float *x, char *where);

/* The same of the outputs of all layers for n images from `first` on; of the first layer that has one. */
int has_nonfinite_output(const network *net, int first, int n, char *where);

/* Exits with status 3 after a pass in which image b has no finite likelihood. `what` names the image, as
   "image 7". The message names the first layer whose output is NaN or infinite. */
void die_nonfinite_pass(network *net, int b, const char *what) __attribute__((noreturn));
