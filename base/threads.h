/*
threads.h - work divided into parts, which threads take, and errors among threads.

Every parallel region that a layer or the library needs is run_parts. No function that it calls has an OpenMP construct of
its own (an `omp for` outside of a region binds to whatever region the caller of the library is in), and nothing depends
on which thread, or how many of them, take the parts: a part has its own memory and its own images.

Sums over the images of a batch (gradients) are made part by part, in slices of net.workspace: scratch first, then the
part's sums. Their order depends on the number of parts alone. In a backward pass:

    phase 1, of a part: slice s = open_slice(&work, net.workspace, part);
                        for its images ... s.scratch, s.sum[i] ...
    phase 2:            sum_slices(&work, net.workspace, part);
    phase 3:            ... summed(&work, net.workspace, i) ...
*/
#pragma once
#include <stddef.h>
#include "base/errors.h"

#define MAX_SUMMED 8 // sums of one layer: of a kind of layer, whatever its cfg says

#define MOST_THREADS 1024 // more than that are a mistake in the environment
int max_threads(void);

/* ---- parts ---- */

/* Calls each phase, the list ends with 0, with (context, part) for part 0 .. parts-1, on up to as many threads as parts. No
   phase starts before the one before it has ended everywhere. In a phase no OpenMP region has a second thread. What ends a
   part in die ends the call in the same way, on the calling thread; phases that follow are left out. */
typedef void (*phase)(void *context, int part);
void run_parts(int parts, const phase *phases, void *context);

typedef struct {
    int part, parts;
} portion;

/* Which of n things belong to a part: from .. end-1. The first parts have one more than the last where n is not a multiple. */
typedef struct {
    size_t from, end;
} range;
range range_of(size_t n, portion p);

/* ---- slices ---- */

typedef struct {
    int parts;      // that a batch is divided into
    size_t scratch; // floats of scratch of a part
    int n;          // sums
    size_t size[MAX_SUMMED];
} slices;

typedef struct {
    float *scratch;
    float *sum[MAX_SUMMED];
} slice;

portion portion_of(const slices *p, int part);
void add_sum(slices *p, size_t size);                              // one more sum, of `size` floats
size_t slices_bytes(const slices *p);                              // of workspace for all parts
float *slice_scratch(const slices *p, float *workspace, int part); // of a part
slice open_slice(const slices *p, float *workspace, int part);     // its sums are zeroed
void sum_slices(const slices *p, float *workspace, int part);      // a part's share of adding up the sums of all parts
float *summed(const slices *p, float *workspace, int i);           // where that leaves the sum i
