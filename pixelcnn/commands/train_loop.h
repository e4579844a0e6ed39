/* train_loop.h - training from its first iteration to its end; train.c prepares it. */
#pragma once
#include "pixelcnn/commands/start.h"
#include "pixelcnn/commands/validations.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/data/evaluate.h"
#include "pixelcnn/data/stream.h"
#include "pixelcnn/train/batch_sum.h"
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
    const char *cfg; // its file
    char *base;      // the name of its files, from the cfg's
    char *page;      // the report; NULL: none
    dataset train;   // the last `held` images are for validation
    int held;
    look_plan looks; // without -eval_every
    image_stream order;
    data rows; // of one update, of this rank's share
    batch_sum *sum;
    device_group *devices; // NULL: one, or the CPU
    watch watch;
    training_progress done;
    training_start start;
    rank_news agreed;      // of all ranks, at the last update or validation; not used alone
    int averaged;          // 1: the net has the averaged weights, not the raw ones
    int kept;              // 1: the folder has a checkpoint of this run
    int named;             // 1: the names of the classes are beside it, or unknown
    int stopped, finished; // a checkpoint was saved after a signal; everything is done and written
    int lost;              // saves that failed
    char lost_last[512];
} training;

/* How many of n training images are held out for validation: a tenth, but at most 1,000. */
static inline int held_out(int n) { return n / 10 < 1000 ? n / 10 : 1000; }

/* Call when the folders exist. Exits 1 if a file cannot be written, if the log is another output or not a
   log, or if log or report would overwrite an input. */
void check_train_outputs(const training *t, const char *cfg, const char *weights);

/* Gives the net the names of its classes: the data's, else those of the checkpoint that it resumes or of
   WEIGHTS. Call it when t->start is known. */
void choose_class_names(training *t, const char *weights);

/* The first time it is called, writes them to BACKUP/BASE.names, or if they are unknown removes the file of
   an earlier run. Returns 0, or 1 with the reason in error (512 bytes). */
int keep_class_names(training *t, char *error);

/* Trains until max_batches, -seconds or a signal, and writes what is due meanwhile and at the end. Exits with
   status 3 on NaN or infinity. */
void train_all(training *t);

/* Reports the end on stderr and in the report, and closes the watch. Returns the exit status: 0, 1 if a save
   failed, 128 + its number if a signal stopped training. */
int training_outcome(training *t);

/* On stderr: the command that draws with the final weights, if it can be determined. */
void suggest_sampling(const training *t);

/* On stdout: the name of the final weights, or with -json the result, null where it is unknown. */
void print_result(const training *t);

/* ---- for several ranks; a process by itself just does what the name says ---- */

/* [all] Takes over rank 0's start: what it resumed, weights, moments, averages and counters. */
void share_start_of_training(training *t);
/* [all] One update. Returns the mean NLL per image, in nats. */
float train_shared_batch(training *t);
/* [all] The likelihood of the first held-out images under the net's current weights. Meaningless if
   is_stopped then. */
likelihood share_validation(training *t, int images);

/* The same on all ranks until the next call of one of those two: the signal that any rank has received,
   whether a save was requested (returned once), and rank 0's seconds. */
int is_stopped(const training *t);
int take_save_request(training *t);
double seconds_of_run(const training *t);

/* Redraws chart and report when it is time. */
void refresh_pictures(training *t, refresh when);
