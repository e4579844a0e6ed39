/*
threads.h - divides work into parts that threads execute, and passes errors between threads.

run_parts is the only parallel region of the layers and the library. No function that it calls has an OpenMP
construct of its own (an `omp for` outside a region binds to whatever region the library's caller is in).
Results do not depend on the number of threads or on which thread takes which part: each part has its own
memory and its own images.

Sums over the images of a batch (gradients) are computed part by part in slices of net.workspace: scratch
first, then the part's sums. Their order depends only on the number of parts. In a backward pass:

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
/* Sets what max_threads returns on this thread; n <= 0: leaves it. Returns what it was. */
int use_threads(int n);

/* ---- parts ---- */

/* Calls each phase of the list, which ends with 0, with (context, part) for part 0 .. parts-1, on at most as
   many threads as there are parts, and as max_threads returns. A phase starts when the previous one has ended on all threads. Inside a
   phase, OpenMP regions have one thread. If a part calls die, the remaining phases are skipped and the
   calling thread dies with its message. */
typedef void (*phase)(void *context, int part);
void run_parts(int parts, const phase *phases, void *context);

typedef struct {
    int part, parts;
} portion;

/* The items from .. end-1 of n that belong to a part. If n is not a multiple of the parts, the first parts
   have one more. */
typedef struct {
    size_t from, end;
} index_range;
index_range portion_range(size_t n, portion p);

/* ---- slices ---- */

typedef struct {
    int parts;      // into which a batch is divided
    size_t scratch; // floats of scratch per part
    int n;          // sums
    size_t size[MAX_SUMMED];
} slices;

typedef struct {
    float *scratch;
    float *sum[MAX_SUMMED];
} slice;

portion portion_of(const slices *p, int part);
void add_sum(slices *p, size_t size);                              // one more sum, of `size` floats
size_t slices_bytes(const slices *p);                              // of workspace, for all parts
float *slice_scratch(const slices *p, float *workspace, int part); // of a part
slice open_slice(const slices *p, float *workspace, int part);     // with its sums set to zero
void sum_slices(const slices *p, float *workspace, int part);      // does a part's share of adding up all parts' sums
float *summed(const slices *p, float *workspace, int i);           // where sum_slices leaves sum i
