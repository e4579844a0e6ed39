/*
state.h - .state files: what a training run needs in addition to its weights to resume as if it had never
stopped.

File (little-endian): a header with magic, version, length, the length and XXH64 of the weights file that it
belongs to and of each section, and the XXH64 of the header itself; then the sections:
    progress   struct progress
    m          first moments, floats in the order of the weight file, learned arrays only
    v          second moments; empty without adam
    average    averaged weights; empty where ema=0
    settings   text (settings.h): what must be equal in the run that resumes it, what may differ, its origin
The order of the images, label dropout and the learning rate follow from `seen` and the seed: there is no
other random state. Version 1 can be read too: it has hashes in the header instead of settings, and progress
without `due`.
*/
#pragma once
#include "base/atomic_file.h"
#include "darknet.h"
#include "pixelcnn/train/settings.h"

/* The part of the state that is not in the net. */
typedef struct {
    uint64_t seen, step; // images seen; the solver's updates
    uint64_t seed;       // of initial weights, order of images, label dropout, policy=random
    uint64_t images;     // trained on: the length of an epoch
    uint64_t unused;     // 0; earlier versions put their number of threads here
    uint64_t skipped;    // batches with NaN or infinity
    double best;         // validation, bits/dim; negative: none yet
    double average;      // the running mean of the printed loss; negative: none yet
    double seconds;      // of training so far
    uint64_t due;        // DUE_ bits: what a signal prevented at this iteration; since version 2
} training_progress;

/* What can be due. DUE_FINAL: the final weights, unless training is finished. DUE_LOOK: a validation on some
   of the held-out images. */
enum { DUE_SHEET = 1, DUE_VALIDATION = 2, DUE_FINAL = 4, DUE_LOOK = 8 };

/* A file in memory that was verified. Free it with free_state. */
typedef struct {
    unsigned char *bytes;
    training_progress done;
    file_mark weights, average; // of its weights file; of the averaged weights' floats, 0 bytes: none
    training_origin from;
    char *settings;    // NULL: version 1, which has none; then `from` says nothing
    int same_schedule; // 0: the cfg's learning rate, policy or distortion has changed since
    char changed[256]; // how; "" in version 1
} state_file;

/* The result of reading a state. */
typedef enum { STATE_READ, STATE_DAMAGED, STATE_OF_ANOTHER } state_verdict;

/* Writes to an open file, which records errors. seen and step come from the net. from may be NULL:
   unknown. */
void write_state(network *net, training_progress p, const training_origin *from, file_mark weights, atomic_file *f);

/* Reads the state of this net. Returns STATE_READ, or, with the reason in error (at least 512 bytes),
   STATE_DAMAGED (missing, wrong length, damaged, or of another version) or STATE_OF_ANOTHER (intact, but of a
   net or solver with other settings). Does not change the net. */
state_verdict try_read_state(network *net, const char *file, state_file *s, char *error);

/* Reads a file's header and settings, whatever net it belongs to: weights, average, from and settings of s.
   Returns 0, or 1 if it cannot be read. */
int peek_state(const char *file, state_file *s);

void free_state(state_file *s);

/* Sets the net's moments, averages, seen and step. */
void restore_state(network *net, const state_file *s);
