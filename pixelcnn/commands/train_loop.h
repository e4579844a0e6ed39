/*
train_loop.h - a training from its first iteration to its end. train.c prepares it.
*/
#pragma once
#include "pixelcnn/commands/start.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/data/stream.h"
#include "pixelcnn/train/device_group.h"
#include "pixelcnn/train/state.h"
#include "pixelcnn/watch/watch.h"

typedef struct {
    const char *backup, *log, *report, *resume, *gpus;
    int seed, seed_given, save_every, eval_every, sample_every, clear, skip_bad, json;
    double seconds;
    const char *background; // NULL: white
} train_options;

typedef struct {
    network *net;
    train_options o;
    char *base;    // of the cfg's name
    dataset train; // the last `held` images are for validation
    int held;
    image_stream order;
    data rows;             // of one update
    device_group *devices; // NULL: one, or the CPU
    watch watch;
    training_progress done;
    training_start start;
    int averaged;          // the averaged weights are in the raw ones' place
    int kept;              // the folder has a checkpoint of this training
    int stopped, finished; // a checkpoint was saved after a signal; all iterations are done, and the result written
    int lost;              // saves that failed
    char lost_last[512];
} training;

/* Once the folders are there: exits 1 where a file cannot be written, where the log is another file of the training or is no log,
   or where log or report would overwrite an input. */
void check_train_outputs(const training *t, const char *cfg, const char *weights);

/* Trains until max_batches, -seconds or a signal, and writes what is due on the way and at the end. Exits 3 where it must give
   up. */
void train_all(training *t);

/* The exit status: 0, 1 where a save was lost, 128 + its number where a signal stopped the training. Says how it ended, on
   stderr and in the report, and closes the watch. */
int training_outcome(training *t);

/* On stdout: the final weights, or with -json the result of the training, null where it is not known. */
void print_result(const training *t);

/* Draws chart and report anew where it is time. */
void refresh_pictures(training *t, refresh when);
