/* start.h - what training starts from: new weights, given weights, or a checkpoint. */
#pragma once
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/train/state.h"

typedef struct {
    network *net;              // with new weights, or with those of `weights`
    const char *cfg, *weights; // files; weights NULL: none given
    const char *backup, *base; // folder and name of the checkpoints
    const char *resume;        // auto, none, or a .state file
    int clear;                 // like resume none
    int seed, seed_given;      // seed_given 0: the default, which a checkpoint's seed replaces
    const dataset *data;
} start_request;

typedef struct {
    int resumed;          // from a checkpoint
    int finished;         // it is at max_batches and its final weights exist; only due work may remain
    training_origin from; // for the checkpoints of this run
} training_start;

/* The cfg's name without folder and last suffix, which names its files. Free it. */
char *base_of_cfg(const char *cfg);

/* Chooses, and reports the choice on stderr. *done has the figures of a new run, or becomes the checkpoint's.
     weights given, and no checkpoint, resume none or clear:   these weights, whose images do not count as seen
     weights given, and the checkpoint started from or has them: the checkpoint
     weights given, and another checkpoint:                      these weights
     else: the checkpoint in the folder, or the one that -resume names, or new weights
   Exits 1 if a checkpoint cannot be used (resume_checkpoint), or has another seed than the one given or another number
   of images. */
training_start choose_start(const start_request *q, training_progress *done);
