/*
nonfinite.h - NaN and infinity in a net: where they are.
*/
#pragma once
#include "darknet.h"

/* The index of the first of n floats that is no number, or n. */
size_t first_nonfinite(size_t n, const float *x);

/* Is one of n floats of a layer NaN or infinite? Then `where` (256 bytes) says so: layer, what, index and value. */
int has_nonfinite(const network *net, int layer, const char *what, size_t n, const float *x, char *where);

/* Ends with status 3, as image b of the pass just made has no likelihood; what names it, as "image 7". Says which layer's
   output is the first that is NaN or infinite. */
void die_nonfinite_pass(network *net, int b, const char *what) __attribute__((noreturn));
