/*
threads.c - slices of the workspace, one a thread, and errors among threads. See threads.h.
*/
#include <string.h>
#include "threads.h"
#ifdef _OPENMP
#include <omp.h>
int max_threads(void)
{
    int n = omp_get_max_threads();
    return n < MOST_THREADS ? n : MOST_THREADS;
}
static int my_thread(void) { return omp_get_thread_num(); }
static int team_size(void) { return omp_get_num_threads(); }
#else
int max_threads(void) { return 1; }
static int my_thread(void) { return 0; }
static int team_size(void) { return 1; }
#endif

static size_t line(size_t floats) { return (floats + 15) / 16 * 16; }

/* Where sum i of a slice starts; i = n: where the slice ends. */
static size_t place(const slices *p, int i)
{
    size_t at = line(p->scratch);
    for (int k = 0; k < i; ++k) at += line(p->size[k]);
    return at;
}

void add_sum(slices *p, size_t size)
{
    if (p->n == MAX_SUMMED) die("a layer has more than %d sums over threads", MAX_SUMMED);
    p->size[p->n++] = size;
}

size_t slices_bytes(const slices *p) { return p->threads * place(p, p->n) * sizeof(float); }

float *slice_scratch(const slices *p, float *workspace) { return workspace + my_thread() * place(p, p->n); }

slice open_slice(const slices *p, float *workspace)
{
    slice s = {.scratch = slice_scratch(p, workspace)};
    for (int i = 0; i < p->n; ++i) s.sum[i] = s.scratch + place(p, i);
    memset(s.scratch + place(p, 0), 0, (place(p, p->n) - place(p, 0)) * sizeof(float));
    return s;
}

void sum_slices(const slices *p, float *workspace)
{
    size_t from = place(p, 0), stride = place(p, p->n);
    for (int t = 1; t < team_size(); ++t) {
#pragma omp for simd schedule(static)
        for (size_t k = from; k < stride; ++k) workspace[k] += workspace[t * stride + k];
    }
}

float *summed(const slices *p, float *workspace, int i) { return workspace + place(p, i); }

void in_team(void (*body)(void *), void *argument, refusal *failed)
{
    refusal own;
    if (__atomic_load_n(&failed->status, __ATOMIC_ACQUIRE) || !catch_die(body, argument, &own)) return;
#pragma omp critical
    {
        memcpy(failed->message, own.message, sizeof own.message);
        __atomic_store_n(&failed->status, own.status, __ATOMIC_RELEASE);
    }
}

void team_end(const refusal *failed)
{
    if (failed->status) die_with(failed->status, "%s", failed->message);
}
