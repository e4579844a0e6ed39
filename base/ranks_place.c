#define _GNU_SOURCE // cpu_set_t
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/ranks_place.h"
#include "base/text.h"
#include "base/threads.h"

void find_place(rank_place *p)
{
    const char *threads = getenv("OMP_NUM_THREADS"); // checked by main
    gethostname(p->host, sizeof p->host - 1);
    p->threads = threads && *threads ? atoi(threads) : 0;
    p->online = (int)sysconf(_SC_NPROCESSORS_ONLN);
    CPU_ZERO(&p->cores);
    sched_getaffinity(0, sizeof p->cores, &p->cores);
}

static int same_host(const rank_place *a, const rank_place *b) { return a->first == b->first; }

/* How many ranks of the host share cores with p. */
static int sharers(const rank_place *places, int n, const rank_place *p)
{
    int found = 0;
    for (int r = 0; r < n; ++r) {
        cpu_set_t both;
        if (!same_host(places + r, p)) continue;
        CPU_AND(&both, &places[r].cores, &p->cores);
        found += CPU_COUNT(&both) > 0;
    }
    return found ? found : 1;
}

static int threads_of(const rank_place *places, int n, const rank_place *p)
{
    int each = CPU_COUNT(&p->cores) / sharers(places, n, p);
    return p->threads ? p->threads : each > 1 ? each : 1;
}

/* Is the rank bound to fewer cores than it could use? */
static int warn_of_binding(const rank_place *p, int rank)
{
    int cores = CPU_COUNT(&p->cores), share = p->online / p->locals, wanted = p->threads ? p->threads : share;
    if (cores >= wanted || cores >= p->online) return 0;
    fprintf(
        stderr,
        "rank %d on %s is bound to %d of %d cores, and could use %d: mpirun --bind-to none, or srun --cpu-bind=none\n",
        rank, p->host, cores, p->online, wanted);
    return 1;
}

/* Does its host have more threads than cores? */
static int warn_of_threads(const rank_place *places, int n, const rank_place *p)
{
    int threads = 0, used = 0;
    cpu_set_t all;
    CPU_ZERO(&all);
    for (int r = 0; r < n; ++r) {
        if (!same_host(places + r, p)) continue;
        threads += threads_of(places, n, places + r);
        CPU_OR(&all, &all, &places[r].cores);
    }
    used = CPU_COUNT(&all);
    if (threads <= used) return 0;
    fprintf(stderr,
            "%s: %d rank%s with %d threads in all on %d core%s: they wait for each other; start fewer, or set "
            "OMP_NUM_THREADS\n",
            p->host, p->locals, plural_s(p->locals), threads, used, plural_s(used));
    return 1;
}

void take_cores(const rank_place *places, int n, int me)
{
    use_threads(threads_of(places, n, places + me));
    for (int r = 0, said = 0; me == 0 && r < n && !said; ++r) said = warn_of_binding(places + r, r);
    for (int r = 0, said = 0; me == 0 && r < n && !said; ++r) said = warn_of_threads(places, n, places + r);
}
