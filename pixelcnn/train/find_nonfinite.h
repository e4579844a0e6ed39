/*
find_nonfinite.h - NaN and infinity in a training: where they are.
*/
#ifndef FIND_NONFINITE_H
#define FIND_NONFINITE_H
#include "darknet.h"

typedef enum { HEALTHY, SICK_BATCH, SICK_WEIGHTS } sickness;

/* Looks through weights, input, outputs in the order of the layers, then updates in the order of the backward pass, as they are
   after it. SICK_WEIGHTS: no other batch can help. The first place goes to where (at least 256 bytes), unless HEALTHY. */
sickness find_sickness(network *net, char *where);

/* The first weight, moment or average of the solver that is no number goes to where; returns SICK_WEIGHTS or HEALTHY. */
sickness find_sick_weights(network *net, char *where);

#endif
