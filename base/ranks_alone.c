/* A program without MPI: one rank. */
#include <string.h>
#include "base/launcher.h"
#include "base/ranks.h"

/* Each of several such processes would do all of the work. */
void start_ranks(void)
{
    const char *variable;
    int n = launched_processes(&variable);
    if (n > 1)
        die("a launcher started %d processes (%s), but this program was built without MPI: build it with make MPI=1", n,
            variable);
}

void end_ranks(void) {}
int rank_count(void) { return 1; }
int this_rank(void) { return 0; }
const char *rank_host(int rank) { return (void)rank, ""; }
int this_local_rank(void) { return 0; }
const char *mpi_version(void) { return 0; }
void broadcast(void *data, size_t bytes) { (void)data, (void)bytes; }
void largest_integers(int64_t *x, size_t n) { (void)x, (void)n; }

void exchange(const transfer *sent, size_t nsent, const transfer *received, size_t nreceived)
{
    for (size_t i = 0; i < nsent && i < nreceived; ++i)
        if (sent[i].bytes) memmove(received[i].data, sent[i].data, sent[i].bytes);
}
