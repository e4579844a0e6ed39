/*
start.h - what a training starts from: new weights, weights that are named, or a checkpoint.
*/
#pragma once
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/train/state.h"

typedef struct {
    network *net;              // with new weights, or with those of `weights`
    const char *cfg, *weights; // files; weights NULL: none are named
    const char *backup, *base; // folder and name of the checkpoints
    const char *resume;        // auto, none, or a .state file
    int clear;                 // as resume none
    int seed, seed_given;      // seed_given 0: it is the default, which a checkpoint's replaces
    const dataset *data;
} start_request;

typedef struct {
    int resumed; // from a checkpoint
    int finished; // that checkpoint is at max_batches, and its final weights are in the folder: what is left is what is due
    training_origin from; // for the checkpoints of this training
} training_start;

/* The name of a cfg's files: its own without folder and last suffix. Free it. */
char *base_of_cfg(const char *cfg);

/* Chooses and says on stderr what it chose. *done has the figures of a new training, and becomes the checkpoint's.
     weights named, no checkpoint in the folder, or resume none or clear: from these weights, whose images count as not seen
     weights named, and the checkpoint started from them or they are its own: from the checkpoint
     weights named, and it is another's checkpoint: from the weights
     else: from the checkpoint of the folder, or the one that is named, or with new weights
   Exits 1 where a checkpoint cannot be used (resume_checkpoint), has another seed than the one given, or another number
   of images. */
training_start choose_start(const start_request *q, training_progress *done);
