/*
train_loop.h - a training from its first iteration to its end, which train.c prepares.
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
    char *base;    // name of its files, from the cfg's
    dataset train; // the last `held` images are for validation
    int held;
    image_stream order;
    data rows;             // of one update
    device_group *devices; // NULL: one, or the CPU
    watch watch;
    training_progress done;
    training_start start;
    int averaged;          // 1: the net has the averaged weights, not the raw ones
    int kept;              // 1: the folder has a checkpoint of this training
    int stopped, finished; // a checkpoint was saved after a signal; all is done and the result written
    int lost;              // saves that failed
    char lost_last[512];
} training;

/* With the folders made: exits 1 if a file cannot be written, if the log is another file of the training or not a log, or if log or
   report would overwrite an input. */
void check_train_outputs(const training *t, const char *cfg, const char *weights);

/* Trains until max_batches, -seconds or a signal, and writes what is due meanwhile and at the end. Exits 3 on NaN or infinity. */
void train_all(training *t);

/* Reports the end on stderr and in the report, and closes the watch. Returns the exit status: 0, 1 if a save failed, 128 + its
   number if a signal stopped the training. */
int training_outcome(training *t);

/* On stdout: the name of the final weights, or with -json the result, null where it is unknown. */
void print_result(const training *t);

/* Redraws chart and report when it is time. */
void refresh_pictures(training *t, refresh when);
