/*
training.h - a tiny training run that the checkpoint tests start, stop and resume.
*/
#pragma once
#include "tests/support.h"

/* The paths of its cfg and data. It takes ITERATIONS iterations, with a checkpoint at every second one. */
enum { ITERATIONS = 24 };
const char *tiny_cfg(void);
const char *tiny_data(void);

/* The arguments after `pixelcnn train`, except -backup; without a report, which would take longer than the
   run. */
const char *tiny_train(void);

/* Runs it with more options; resumes if the folder has a checkpoint. */
void resume_training(run_result *r, const char *folder, const char *options);

/* Replaces `from` by `to` in that cfg, in place: a checkpoint belongs to one cfg, identified by its path. */
void rewrite_tiny_cfg(const char *from, const char *to);

/* Runs only the first iterations; resume_training then resumes. */
void train_part(run_result *r, const char *folder, int iterations, const char *options);

/* A net of that cfg. */
network *tiny_net(void);

/* The hash of FOLDER/tiny_final.weights, and that of an uninterrupted run. */
uint64_t final_hash(const char *folder);
uint64_t undisturbed_hash(void);

/* The path of an emptied folder with this name in the scratch folder. Valid until the next call. */
const char *fresh_folder(const char *name);

/* How often a test that can be long repeats: `often` if SOAK=1 is set, else `seldom`. */
int repeats(int seldom, int often);
