/*
threads.c - slices of the workspace, one a thread. See threads.h.
*/
#include <string.h>
#include "threads.h"
#ifdef _OPENMP
#include <omp.h>
int max_threads(void) { return omp_get_max_threads(); }
static int my_thread(void) { return omp_get_thread_num(); }
static int team_size(void) { return omp_get_num_threads(); }
#else
int max_threads(void) { return 1; }
static int my_thread(void) { return 0; }
static int team_size(void) { return 1; }
#endif

static size_t gradient_floats(const slices *p)
{
    size_t n = 0;
    for (int i = 0; i < p->n; ++i) n += p->of[i]->n;
    return n;
}

static size_t stride(const slices *p) { return (p->scratch + gradient_floats(p) + 15) / 16 * 16; }

size_t slices_bytes(const slices *p) { return p->threads * stride(p) * sizeof(float); }

float *slice_scratch(const slices *p, float *workspace) { return workspace + my_thread() * stride(p); }

slice open_slice(const slices *p, float *workspace)
{
    slice s = {.scratch = slice_scratch(p, workspace)};
    float *own = s.scratch + p->scratch;
    if (my_thread()) memset(own, 0, gradient_floats(p) * sizeof(float));
    for (int i = 0; i < p->n; ++i) {
        s.update[i] = my_thread() ? own : p->of[i]->update;
        own += p->of[i]->n;
    }
    return s;
}

void sum_slices(const slices *p, float *workspace)
{
    size_t at = p->scratch;
    for (int i = 0; i < p->n; ++i) {
        const param *q = p->of[i];
#pragma omp for schedule(static)
        for (size_t k = 0; k < q->n; ++k) {
            float sum = q->update[k];
            for (int t = 1; t < team_size(); ++t) sum += workspace[t * stride(p) + at + k];
            q->update[k] = q->allowed && !q->allowed[k] ? 0 : sum;
        }
        at += q->n;
    }
}
