/*
state.h - .state files: what a training needs, beside its weights, to go on as if it had never stopped.

File (little-endian): a header with magic, version, length, the length and XXH64 of the weights file that it belongs to and of
each section, and the XXH64 of the header itself; then the sections:
    progress   struct progress
    m          first moments, floats in the order of the weight file, learned arrays only
    v          second moments; empty without adam
    average    averaged weights; empty where ema=0
    settings   text (settings.h): what must be the same in the training that resumes it, what may differ, where it comes from
The order of the images, label dropout and learning rate follow from `seen` and the seed: there is no other random state.
Version 1, which has hashes in the header in place of the settings and progress without `due`, is read too.
*/
#pragma once
#include "base/atomic_file.h"
#include "darknet.h"
#include "pixelcnn/train/settings.h"

/* What is not in the net. */
typedef struct {
    uint64_t seen, step; // images seen; the solver's updates
    uint64_t seed;       // of initial weights, order of images, label dropout, policy=random
    uint64_t images;     // that are trained on: the length of an epoch
    uint64_t threads;    // another number adds up in another order
    uint64_t skipped;    // batches with NaN or infinity
    double best;         // validation, bits/dim; negative: none yet
    double average;      // of the loss that is printed; negative: none yet
    double seconds;      // of training so far
    uint64_t due;        // what a signal kept from being done at this iteration: DUE_ bits; since version 2
} training_progress;

/* What can be due. DUE_FINAL: the final weights; not where a training is finished. */
enum { DUE_SHEET = 1, DUE_VALIDATION = 2, DUE_FINAL = 4 };

/* A file in memory that was found whole. Free it with free_state. */
typedef struct {
    unsigned char *bytes;
    training_progress done;
    file_mark weights,
        average; // of the weights file that it belongs to; of the floats of the averaged weights, 0 bytes: none
    training_origin from;
    char *settings;    // NULL: version 1, which has none; then `from` says nothing
    int same_schedule; // 0: the cfg's learning rate, its policy or the distortion has changed since
    char changed[256]; // how; "" in version 1
} state_file;

/* Why a state is refused. */
typedef enum { STATE_READ, STATE_DAMAGED, STATE_OF_ANOTHER } state_verdict;

/* Into a file that is open; errors stay in it. seen and step are taken from the net. from may be NULL: not known. */
void write_state(network *net, training_progress p, const training_origin *from, file_mark weights, atomic_file *f);

/* Reads the state of this net. Returns STATE_READ, or with the reason in error (at least 512 bytes) STATE_DAMAGED: no such file,
   another length, damaged, of another version; or STATE_OF_ANOTHER: whole, but of a net or solver with other settings. The
   net is not touched. */
state_verdict try_read_state(network *net, const char *file, state_file *s, char *error);

/* What a file's header and settings say, of whatever net it is: weights, average, from and settings of s. Returns 0, or 1 where it
   cannot be read. */
int peek_state(const char *file, state_file *s);

void free_state(state_file *s);

/* Moments, averages, seen and step to the net. */
void restore_state(network *net, const state_file *s);
