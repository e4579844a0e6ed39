/*
solver_gpu.h - the solver of a net on a device. See solver.h: the same update, defined once.

Norm, clipping, step and averages are four launches, whatever the net (Muon: 22 more for each shape of matrices); one copy of
16 bytes comes back, for the log and for NaN and infinity.
*/
#ifndef SOLVER_GPU_H
#define SOLVER_GPU_H
#include "pixelcnn/train/solver.h"

/* With the moments and averages that s holds on the host. muon: 1 where the cfg has it. */
struct solver_gpu *make_solver_gpu(const solver *s, int muon);
void free_solver_gpu(struct solver_gpu *g); // NULL is taken

void update_net_gpu(network *net, solver *s);
void swap_average_gpu(solver *s);

/* Moments and averages from the host to the device, and back. */
void push_solver_gpu(solver *s);
void pull_solver_gpu(solver *s);

#endif
