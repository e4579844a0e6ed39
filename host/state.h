/*
state.h - .state files: what a training needs, beside its weights, to go on as if it had never stopped.

File (little-endian): a header with magic, version, length, the hashes of what the net computes, of how it is trained and of the
weights file that it belongs to, and the length and XXH64 of each section; the XXH64 of the header itself; then the sections:
    progress   struct progress; of version 1 without `due`
    m          first moments, floats in the order of the weight file, learned arrays only
    v          second moments; empty without adam
    average    averaged weights; empty where ema=0
The order of the images, label dropout and learning rate follow from `seen` and the seed: there is no other random state.
*/
#ifndef STATE_H
#define STATE_H
#include "atomic_file.h"
#include "darknet.h"

/* What is not in the net. */
typedef struct {
    uint64_t seen, step; // images seen; the solver's updates
    uint64_t seed;       // of initial weights, order of images, label dropout
    uint64_t images;     // that are trained on: the length of an epoch
    uint64_t threads;    // another number adds up in another order
    uint64_t skipped;    // batches with sick numbers
    double best;         // validation, bits/dim; negative: none yet
    double average;      // of the loss that is printed; negative: none yet
    double seconds;      // of training so far
    uint64_t due;        // what a signal kept from being done at this iteration: DUE_ bits; since version 2
} progress;

enum {
    DUE_SHEET = 1,
    DUE_VALIDATION = 2,
    DUE_FINAL = 4
}; // the final weights; none is due where a training is finished

/* A file in memory that was found whole. Free with free(file.bytes). */
typedef struct {
    unsigned char *bytes;
    progress done;
    file_mark weights; // of the weights file that it belongs to
    int same_schedule; // 0: the cfg's learning rate, its policy or the distortion has changed since
} state_file;

/* Into a file that is open; errors stay in it. seen and step are taken from the net. */
void write_state(network *net, progress p, file_mark weights, atomic_file *f);

/* Reads the state of this net. Returns 0, or 1 with the reason in error (at least 512 bytes): no such file, another
   length, damaged, of another version, of a net or solver with other settings. The net is not touched. */
int try_read_state(network *net, const char *file, state_file *s, char *error);

/* Moments, averages, seen and step to the net. */
void use_state(network *net, const state_file *s);

#endif
