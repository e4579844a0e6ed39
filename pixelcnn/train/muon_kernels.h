/* muon_kernels.h - Muon's arithmetic on the device that is not a product of matrices. Launchers of
   muon_kernels.cu. */
#pragma once
#include <stddef.h>
#include "pixelcnn/train/solver_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One matrix (rows, columns) of a group of the same shape; `at`: its place among all weights of the net, in
   the order of solver.h. */
typedef struct {
    float *w, *update;
    const unsigned char *allowed; // NULL: all weights
    size_t at;
} muon_matrix;

/* The group: n matrices. x holds each as (r, c) with r <= c, transposed if rows > columns. The scale is the
   verdict's. */
typedef struct {
    int n, rows, columns;
    const muon_matrix *matrices;
    float *x, *m, *average; // m and average of all weights; average may be NULL
    float rate, decay, momentum, length, keep;
    const solver_verdict *verdict;
} muon_pass;

/* If the verdict is finite: m is updated, x OVERWRITTEN by u / (|u| + floor). */
void muon_gradients_gpu(const muon_pass *t);

/* p (n, r, r) = a I + b gram + c p. */
void muon_polynomial_gpu(int n, int r, const float *gram, float *p);

/* If the verdict is finite: weights and averages move by x, updates are zero afterwards. */
void muon_step_gpu(const muon_pass *t);

#ifdef __cplusplus
}
#endif
