/*
checkpoint.h - BASE_last.weights with BASE_last.state in a backup folder, and the generation before them, BASE_previous.*.

Whatever happens while saving, one state and the weights that it names are there whole: both files are written under
temporary names first, then the weights are renamed, then the state. Which weights a state belongs to is told by their
length and hash, not by their name.
*/
#pragma once
#include "pixelcnn/train/state.h"

/* Returns 0, or 1 with the reason in error (at least 512 bytes); then the checkpoint before can be loaded as it could. */
int save_checkpoint(network *net, training_progress p, const training_origin *from, const char *folder,
                    const char *base, char *error);

/* The newest checkpoint of the folder, or the one whose .state is `file` where that is not NULL, to the net: weights,
   moments, averages, seen, step. Returns 1; 0 where the folder has no state. Says on stderr what it took, and where it is of
   another cfg or other data than `now`. Exits 1 where there are states but none fits this net or is whole, or where the
   state, unless it is `file`, is of a cfg of another path and another text or of other data: so that nothing is started anew
   or taken over by mistake. free_state(s) is the caller's. */
int resume_checkpoint(network *net, const char *folder, const char *base, const char *file, const training_origin *now,
                      state_file *s);

/* Is there any state of this base? */
int has_checkpoint(const char *folder, const char *base);

/* Has a checkpoint of this base started from that weights file, or is the file its weights, raw or averaged? */
int checkpoint_started_from(const char *folder, const char *base, const char *file);

/* Is the file what a training that ends with this state leaves as _final.weights? */
int is_final_weights_of(const char *file, const state_file *s);

/* The folder is this process's until it ends, however it ends. Where nothing was saved, a folder that is new goes at the
   end. Exits 1 where it is another's. */
void lock_backup_folder(const char *folder, int new);

/* Removes what a training of this base that was killed left half-written in its backup folder or in that of its report, by
   its exact names; a file that a process still writes stays. */
void remove_leftovers(const char *folder, const char *base);
