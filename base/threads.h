/*
threads.h - divides work into parts that threads execute, and passes errors between threads.

run_parts is the only parallel region of the layers and the library. No function that it calls has an OpenMP
construct of its own (an `omp for` outside a region binds to whatever region the library's caller is in).
Results do not depend on the number of threads or on which thread takes which part: each part has its own
memory and its own images.
*/
#pragma once
#include <stddef.h>
#include "base/errors.h"

#define MOST_THREADS 1024 // more must be a mistake in the environment
int max_threads(void);
/* Sets what max_threads returns on this thread; n <= 0: leaves it. Returns what it was. */
int use_threads(int n);

/* Lets other threads run, for one that waits. */
void yield_thread(void);

/* ---- parts ---- */

/* Calls each phase of the list, which ends with 0, with (context, part) for part 0 .. parts-1, on as many
   threads as there are parts, but at most max_threads(). A phase starts when the previous one has ended on
   all threads. Inside a phase, OpenMP regions have one thread. If a part calls die, the remaining phases are
   skipped and the calling thread dies with its message. */
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
