/*
find_nonfinite.h - NaN and infinity in a training: where they are.
*/
#pragma once
#include "darknet.h"

typedef enum { ALL_FINITE, NONFINITE_BATCH, NONFINITE_WEIGHTS } nonfinite;

/* Looks through weights, input, outputs in the order of the layers, then updates in the order of the backward pass, as they are
   after it. NONFINITE_WEIGHTS: no other batch can help. The first place goes to where (at least 256 bytes), unless ALL_FINITE. */
nonfinite find_nonfinite(network *net, char *where);

/* The first weight, moment or average of the solver that is no number goes to where; returns NONFINITE_WEIGHTS or ALL_FINITE. */
nonfinite find_nonfinite_weights(network *net, char *where);
