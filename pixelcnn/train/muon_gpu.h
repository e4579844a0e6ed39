/*
muon_gpu.h - Muon on the device. See muon.h: the same update.

Arrays of the same shape are one group, whose products are one call of cuBLAS each.
*/
#pragma once
#include "pixelcnn/train/muon.h"
#include "pixelcnn/train/muon_kernels.h"

typedef struct muon_gpu muon_gpu;

muon_gpu *make_muon_gpu(const param_list *all);
void free_muon_gpu(muon_gpu *g); // accepts NULL

/* One step for all arrays that Muon updates. how.scale is not used: the scale is the verdict's. m and average
   (NULL: none) of all weights are on the device; `keep` is the average's. */
typedef struct {
    muon_step how;
    float keep;
    float *m, *average;
    const solver_verdict *verdict;
} muon_update;
void muon_weights_gpu(muon_gpu *g, const muon_update *u);
