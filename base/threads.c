#include "base/arithmetic.h"
#include "base/threads.h"
#ifdef _OPENMP
#include <omp.h>
#include <sched.h>
int max_threads(void)
{
    int n = omp_get_max_threads();
    return n < MOST_THREADS ? n : MOST_THREADS;
}
static int my_thread(void) { return omp_get_thread_num(); }
static int team_size(void) { return omp_get_num_threads(); }
/* For nested regions: oneDNN's, for which a team of one does not count as a region. */
static void keep_to_one_thread(void) { omp_set_num_threads(1); }
void yield_thread(void) { sched_yield(); }
int use_threads(int n)
{
    int before = omp_get_max_threads();
    if (n > 0) omp_set_num_threads(n);
    return before;
}
#else
int max_threads(void) { return 1; }
static int my_thread(void) { return 0; }
static int team_size(void) { return 1; }
static void keep_to_one_thread(void) {}
void yield_thread(void) {}
int use_threads(int n)
{
    (void)n;
    return 1;
}
#endif

/* ---- parts ---- */

/* One part of a phase, as an argument for catch_die. */
typedef struct {
    phase body;
    void *context;
    int part;
} part_call;

static void call_part(void *argument)
{
    const part_call *c = argument;
    c->body(c->context, c->part);
}

typedef struct {
    int taken; // 1: a part has failed, and its thread alone writes `first`
    int known; // 1: `first` is written
    caught_error first;
} failure;

/* Not `omp critical`: an unnamed one is shared by the whole program, and the library's caller may be in
   it. */
static void run_part(part_call c, failure *f)
{
    caught_error own;
    if (__atomic_load_n(&f->taken, __ATOMIC_ACQUIRE) || !catch_die(call_part, &c, &own)) return;
    if (__atomic_exchange_n(&f->taken, 1, __ATOMIC_ACQ_REL)) return;
    f->first = own;
    __atomic_store_n(&f->known, 1, __ATOMIC_RELEASE);
}

void run_parts(int parts, const phase *phases, void *context)
{
    failure failed = {0};
    int threads = parts < max_threads() ? parts : max_threads();
    (void)threads; // without OpenMP
#pragma omp parallel num_threads(threads)
    {
        fenv_t callers = default_arithmetic();
        keep_to_one_thread();
        for (const phase *p = phases; *p; ++p) {
            for (int i = my_thread(); i < parts; i += team_size()) run_part((part_call){*p, context, i}, &failed);
            if (!p[1]) break; // the region's end waits for all
#pragma omp barrier
        }
        restore_arithmetic(&callers);
    }
    if (failed.known) die_with_status(failed.first.status, "%s", failed.first.message);
}

index_range portion_range(size_t n, portion p)
{
    size_t each = n / p.parts, more = n % p.parts, part = p.part;
    index_range r = {.from = part * each + (part < more ? part : more)};
    r.end = r.from + each + (part < more);
    return r;
}
