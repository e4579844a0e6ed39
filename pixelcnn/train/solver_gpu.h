/*
solver_gpu.h - the solver of a net on a device. See solver.h: the same update, defined once.

Norm, clipping, step and averages are three launches for any net (Muon: 22 more for each shape of matrices).
One copy of 24 bytes comes back, for the log and to detect NaN and infinity: the only one of a training step,
and what the CPU waits for.
*/
#pragma once
#include "base/memory_gpu.h"
#include "pixelcnn/train/solver.h"

/* Makes s->gpu, with the moments and averages of s. muon: 1 if the cfg uses it. */
void make_solver_gpu(solver *s, int muon);
void free_solver_gpu(struct solver_gpu *g); // accepts NULL

/* As solver_update. Fetches the cost of the last pass, unless it has been pulled already (net_gpu.h) and may
   be that of a whole batch. */
void update_net_gpu(network *net, solver *s);
void swap_average_gpu(solver *s);

/* Moments and averages. */
void copy_solver_gpu(const solver *s, direction_gpu way);
