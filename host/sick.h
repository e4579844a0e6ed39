/*
sick.h - NaN and infinity in a net: where they are.
*/
#ifndef SICK_H
#define SICK_H
#include "darknet.h"

typedef enum { HEALTHY, SICK_BATCH, SICK_WEIGHTS } sickness;

/* Looks through weights, input, outputs in the order of the layers, then updates in the order of the backward pass, as they are
   after it. SICK_WEIGHTS: no other batch can help. The first place goes to where (at least 256 bytes), unless HEALTHY. */
sickness find_sickness(network *net, char *where);

/* The first weight, moment or average of the solver that is no number goes to where; returns SICK_WEIGHTS or HEALTHY. */
sickness find_sick_weights(network *net, char *where);

/* The index of the first of n floats that is no number, or n. */
size_t first_sick(size_t n, const float *x);

/* Ends with status 3, as image b of the pass just made has no likelihood; what names it, as "image 7". Says which layer's
   output is the first that is NaN or infinite. */
void die_of_pass(network *net, int b, const char *what) __attribute__((noreturn));

#endif
