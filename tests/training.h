/*
training.h - a tiny training that the tests of checkpoints start, stop and go on with.
*/
#pragma once
#include "tests/support.h"

/* Paths of its cfg and data. ITERATIONS of them, a checkpoint at every second. */
enum { ITERATIONS = 24 };
const char *tiny_cfg(void);
const char *tiny_data(void);

/* What follows `pixelcnn train`, without -backup. */
const char *tiny_train(void);

/* Runs the training with more options; where the folder has a checkpoint it goes on. */
void go_on(run_result *r, const char *folder, const char *options);

/* In that cfg, in its place, `from` becomes `to`: a checkpoint is of one cfg, known by its path. */
void rewrite_tiny_cfg(const char *from, const char *to);

/* The first iterations alone; then go_on goes on. */
void go_part(run_result *r, const char *folder, int iterations, const char *options);

/* A net of that cfg. */
network *tiny_net(void);

/* Hash of FOLDER/tiny_final.weights, and that of a training that nothing disturbed. */
uint64_t final_hash(const char *folder);
uint64_t undisturbed_hash(void);

/* A folder's path of this name in the scratch folder, without what was in it. Valid until the next call. */
const char *fresh_folder(const char *name);

/* How often a test that can be long repeats: `often` where SOAK=1 is set, else `seldom`. */
int repeats(int seldom, int often);
