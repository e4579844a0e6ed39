/*
checkpoint.h - BASE_last.weights with BASE_last.state in a backup folder, and the generation before them,
BASE_previous.*.

Whatever happens during a save, there is always one intact state with its weights: both files are first
written under temporary names, then the weights are renamed, then the state. A state identifies its weights by
length and hash, not by name.
*/
#pragma once
#include "pixelcnn/train/state.h"

/* Returns 0, or 1 with the reason in error (at least 512 bytes); the previous checkpoint can then still be
   loaded. */
int save_checkpoint(network *net, training_progress p, const training_origin *from, const char *folder,
                    const char *base, char *error);

/* Loads the newest checkpoint of the folder, or the one whose .state is `file` if that is not NULL, into the
   net: weights, moments, averages, seen, step. Returns 1, or 0 if the folder has no state. Reports on stderr
   what it loaded, and any difference from the cfg and data of `now`. Exits 1 if there are states but none is
   intact and fits this net; also, unless `file` names it, if the state belongs to other data or to a cfg with
   another path and another text. So no training run is restarted or continued by mistake. The caller calls
   free_state(s). */
int resume_checkpoint(network *net, const char *folder, const char *base, const char *file, const training_origin *now,
                      state_file *s);

/* Does the folder have a state for this base? */
int has_checkpoint(const char *folder, const char *base);

/* Did the training run with this base's checkpoint start from that weights file, or is the file the
   checkpoint's own weights, raw or averaged? */
int checkpoint_started_from(const char *folder, const char *base, const char *file);

/* Is the file what a training run that ends with this state writes as _final.weights? */
int is_final_weights_of(const char *file, const state_file *s);

/* Locks the folder until this process ends, however it ends. A folder that is new is removed at exit if
   nothing was saved in it. Exits 1 if another process has the lock. */
void lock_backup_folder(const char *folder, int new);

/* Removes the temporary files that a killed training run of this base left in its backup folder or its
   report's folder, by their exact names. A file that a process is still writing stays. */
void remove_leftovers(const char *folder, const char *base);
