/*
threads.h - the images of a batch divided among threads, with sums in an order that the number of
threads alone fixes.

Each thread has a slice of net.workspace: scratch first, then a private copy of the weight gradients
(thread 0 adds into the layer's own). Usage in a backward pass:

    #pragma omp parallel num_threads(p.threads)
    {
        slice s = open_slice(&p, net.workspace);
        #pragma omp for schedule(static)
        for (b...) ... s.scratch, s.update[i] ...
        sum_slices(&p, net.workspace);
    }
*/
#ifndef THREADS_H
#define THREADS_H
#include "gated.h"

#define MAX_SUMMED 64 // weight arrays of one layer that are summed over threads

typedef struct {
    int threads;
    size_t scratch; // floats of scratch a thread
    int n;          // arrays that are summed over threads
    const param *of[MAX_SUMMED];
} slices;

typedef struct {
    float *scratch;
    float *update[MAX_SUMMED]; // of[i]->update, or this thread's private copy
} slice;

int max_threads(void);
size_t slices_bytes(const slices *p);                    // of workspace for all threads
float *slice_scratch(const slices *p, float *workspace); // of the calling thread
slice open_slice(const slices *p, float *workspace);     // by every thread; private gradients are zeroed
void sum_slices(const slices *p, float *workspace);      // by every thread, after a barrier

#endif
