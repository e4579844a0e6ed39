/* find_nonfinite.h - finds NaN and infinity during training. */
#pragma once
#include "darknet.h"

typedef enum { ALL_FINITE, NONFINITE_BATCH, NONFINITE_WEIGHTS } nonfinite;

/* Call it after a backward pass. Searches weights, input, outputs in layer order, then updates in the order
   of the backward pass. Unless ALL_FINITE, the first place goes to `where` (at least 256 bytes).
   NONFINITE_WEIGHTS: no other batch can help. */
nonfinite find_nonfinite(network *net, char *where);

/* Searches the solver's weights, moments and averages. Returns NONFINITE_WEIGHTS, with the first place in
   `where`, or ALL_FINITE. */
nonfinite find_nonfinite_weights(network *net, char *where);
