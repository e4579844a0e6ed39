/*
weights.h - weight files, with what Darknet's save_weights and load_weights cannot tell.
*/
#pragma once
#include "base/atomic_file.h"
#include "darknet.h"

enum { WEIGHTS_HEADER = 20 }; // bytes before the first float, in files that we write

/* Darknet's save_weights_upto and load_weights_upto (host/save_weights.c): layers before cutoff, from start on, and a line on
   stderr. Exit 1 where a file cannot be written, or is not one of this net. */
void save_layers(network *net, const char *file, int cutoff);
void load_layers(network *net, const char *file, int start, int cutoff);

/* Writes layers before cutoff. Returns 0, or 1 with the reason in error (at least 512 bytes); then the file,
   if there was one, is as it was. */
int try_save_weights(network *net, const char *file, int cutoff, char *error);

/* The same into a file that is open; errors stay in it. */
void write_weights(network *net, atomic_file *f, int cutoff);

/* A hash of what the layers compute. */
uint64_t net_meaning(const network *net);

/* The same as earlier versions made it: 191 bytes of each layer's meaning. Differs in a net with a long list of
   skip_sum's sources. */
uint64_t truncated_net_meaning(const network *net);

/* The header's revision: a 31-bit hash of what the layers compute, never 0; 0 for a stock net. */
int net_revision(const network *net);
