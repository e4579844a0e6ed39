/*
threads.h - the images of a batch divided among threads, with sums in an order that the number of
threads alone fixes.

Each thread has a slice of net.workspace: scratch first, then sums of its own (weight gradients). Usage in a
backward pass:

    #pragma omp parallel num_threads(p.threads)
    {
        slice s = open_slice(&p, net.workspace);
        #pragma omp for schedule(static)
        for (b...) ... s.scratch, s.sum[i] ...
        sum_slices(&p, net.workspace);
        ... summed(&p, net.workspace, i) ...
    }

An error in a parallel region must not end the program or leave the region there and then: in_team keeps it.
*/
#ifndef THREADS_H
#define THREADS_H
#include "errors.h"
#include "gated.h"

#define MAX_SUMMED 8 // sums of one layer: of a kind of layer, whatever its cfg says

typedef struct {
    int threads;
    size_t scratch; // floats of scratch a thread
    int n;          // sums
    size_t size[MAX_SUMMED];
} slices;

typedef struct {
    float *scratch;
    float *sum[MAX_SUMMED];
} slice;

#define MOST_THREADS 1024 // more than that are a mistake in the environment
int max_threads(void);
void add_sum(slices *p, size_t size);                    // one more sum of so many floats
size_t slices_bytes(const slices *p);                    // of workspace for all threads
float *slice_scratch(const slices *p, float *workspace); // of the calling thread
slice open_slice(const slices *p, float *workspace);     // by every thread; its sums are zeroed
void sum_slices(const slices *p, float *workspace);      // by every thread, after a barrier
float *summed(const slices *p, float *workspace, int i); // where sum_slices leaves the sum i of all threads

/* In a parallel region: runs body(argument), unless failed says that this has gone wrong before; what ends it in die is
   kept in *failed, which is zero beforehand. team_end, behind the region, dies of it. */
void in_team(void (*body)(void *), void *argument, refusal *failed);
void team_end(const refusal *failed);

#endif
