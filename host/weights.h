/*
weights.h - weight files, with what Darknet's save_weights and load_weights cannot tell.
*/
#ifndef WEIGHTS_H
#define WEIGHTS_H
#include "darknet.h"

/* Writes layers before cutoff. Returns 0, or 1 with the reason in error (at least 512 bytes); then the file,
   if there was one, is as it was. */
int try_save_weights(network *net, const char *file, int cutoff, char *error);

/* The header's revision: a 31-bit hash of what the layers compute, never 0; 0 for a stock net. */
int net_revision(const network *net);

#endif
