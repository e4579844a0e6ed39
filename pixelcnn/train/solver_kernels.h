/*
solver_kernels.h - the solver's arithmetic on the device: all arrays of a net in one launch. Launchers of
solver_kernels.cu.
*/
#ifndef SOLVER_KERNELS_H
#define SOLVER_KERNELS_H
#include <stddef.h>
#include "pixelcnn/train/solver_math.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CHUNK = 2048 };

/* At most CHUNK weights of one array; `at`: where they stand among all weights of the net, as in solver.h. */
typedef struct {
    float *w, *update;
    size_t at;
    int n, decays;
    int muon; // step_weights_gpu leaves it to Muon
} solver_chunk;

/* What the updates are like: the L2 norm of g, whether it and the loss are numbers, and the scale from updates to g. */
typedef struct {
    double norm;
    float scale;
    int healthy;
} solver_verdict;

/* The verdict on all updates, OVERWRITTEN, on the device. parts: room for n doubles. The sums do not depend on how the
   device shares out the work. */
typedef struct {
    int n, loss_is_number;
    const solver_chunk *chunks;
    double *parts;
    double values, clip_norm;
    solver_verdict *verdict;
} solver_norm;
void judge_updates_gpu(const solver_norm *t);

/* The step where the verdict is healthy, with its scale; decay only for arrays that decay; updates are zero then. Else
   nothing is changed. v NULL: SGD. average may be NULL. */
typedef struct {
    int n;
    solver_step how;
    const solver_chunk *chunks;
    float *m, *v, *average;
    const solver_verdict *verdict;
} solver_pass;
void step_weights_gpu(const solver_pass *t);

/* Exchanges weights and average. */
void swap_weights_gpu(int n, const solver_chunk *chunks, float *average);

#ifdef __cplusplus
}
#endif
#endif
