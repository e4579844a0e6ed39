/* ranks_place.h - where a rank runs, and how many threads it takes there. For ranks_mpi.c. */
#pragma once
#include <sched.h>

/* Facts about one rank, known to all. */
typedef struct {
    char host[64];
    int local, locals, first; // which of the ranks of its host, how many, the first of them
    int threads;              // from OMP_NUM_THREADS; 0: not set
    int online;               // cores of the host
    cpu_set_t cores;          // on which the rank may run
} rank_place;

/* Fills in host, threads, online and cores. */
void find_place(rank_place *p);

/* Sets the threads of rank `me`: as OMP_NUM_THREADS says, else its cores divided by the ranks that run on
   them. Rank 0 says on stderr where a rank is bound to fewer cores than it has threads or could use, or where
   the threads of a host are more than its cores. */
void take_cores(const rank_place *places, int n, int me);
