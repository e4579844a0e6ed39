/* solver_kernels.h - the solver's arithmetic on the device: all arrays of a net in one launch. Launchers of
   solver_kernels.cu. */
#pragma once
#include <stddef.h>
#include "layers/pixel_softmax_kernels.h"
#include "pixelcnn/train/solver_math.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CHUNK = 2048 };

/* At most CHUNK weights of one array; `at`: their place among all weights of the net, in the order of
   solver.h. */
typedef struct {
    float *w, *update;
    size_t at;
    int n, decays;
    int muon; // 1: updated by Muon, not by step_weights_gpu
} solver_chunk;

/* The L2 norm of g, the cost, whether both are finite, and the scale from updates to g. */
typedef struct {
    double norm, cost;
    float scale;
    int finite;
} solver_verdict;

/* Computes the verdict on all updates, OVERWRITTEN, on the device. parts: a buffer of n doubles. The cost is
   the sum of the losses, or the one given if losses.nll is NULL. The order of the sums is fixed. */
typedef struct {
    long n; // as long as the pointers: the emulator looks for addresses in every word, and padding could look like one
    const solver_chunk *chunks;
    double *parts;
    image_losses losses;
    double cost, values, clip_norm;
    solver_verdict *verdict;
} solver_norm;
void judge_updates_gpu(const solver_norm *t);

/* If the verdict is finite: the step, with the verdict's scale, and decay for arrays that decay; updates are
   zero afterwards. Else nothing is changed. v NULL: SGD. average may be NULL. */
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
