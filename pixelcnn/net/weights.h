/* weights.h - weight files. Unlike Darknet's save_weights and load_weights, these functions report errors. */
#pragma once
#include "base/atomic_file.h"
#include "darknet.h"

enum { WEIGHTS_HEADER = 20 }; // bytes before the first float, in files that we write

/* Replace Darknet's save_weights_upto and load_weights_upto (host/save_weights.c): handle the layers from
   start to before cutoff, and print a line to stderr. Exit 1 if a file cannot be written or does not belong
   to this net. */
void save_layers(network *net, const char *file, int cutoff);
void load_layers(network *net, const char *file, int start, int cutoff);

/* Loads all layers from the content of a weights file in memory, which messages call `name`. */
void load_weights_bytes(network *net, const char *name, const void *bytes, size_t size);

/* Writes the layers before cutoff. Returns 0, or 1 with the reason in error (at least 512 bytes); an existing
   file is then unchanged. */
int try_save_weights(network *net, const char *file, int cutoff, char *error);

/* The same into an open file, which records errors. */
void write_weights(network *net, atomic_file *f, int cutoff);

/* A hash of what the layers compute. */
uint64_t net_meaning(const network *net);

/* The hash that earlier versions computed, from 191 bytes of each layer's meaning. Differs from net_meaning
   only if a skip_sum has a long list of sources. */
uint64_t truncated_net_meaning(const network *net);

/* The header's revision: a 31-bit hash of what the layers compute, never 0; 0 for a stock net. */
int net_revision(const network *net);
