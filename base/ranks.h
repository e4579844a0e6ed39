/*
ranks.h - the processes of one job, its ranks: how many there are, which work is whose, and what they tell
each other.

A program built with MPI=1 and started by mpirun or srun is one of several ranks (ranks_mpi.c, the only file
that names MPI). Any other is alone, rank 0 of 1 (ranks_alone.c): every call then returns at once.

    start_ranks()                       first of all in a command that shares its work
    agree_on(facts, n)                  all have the same files, options and program
    share_work(&w) or my_share(n)       each computes its part
    ...                                 rank 0 writes
    end_ranks()

Calls marked [all] are made by all ranks in the same order; each waits for the others. Floating-point numbers
are never added up here, so that no result depends on the number of ranks. Not for use within run_parts
(threads.h).

Rank 0 speaks. From start_ranks on the FILEs stdout and stderr of the other ranks lead to /dev/null. What die
reports on one of them is printed by rank 0, behind its rank and host, unless rank 0 dies of the same; all
ranks end with its status. So each rank may check what it reads, and an error that all have is one line. If a
rank is killed or cut off, the others end within RANK_SILENCE seconds and a few more, with status 1 and a line
that names it.
*/
#pragma once
#include <stdint.h>
#include "base/threads.h"

enum { RANK_SILENCE = 15 }; // seconds without a sign of life after which a rank counts as lost

/* Finds the other ranks. Exits 1 if a launcher started several processes and this program cannot join them.
   Threads: where OMP_NUM_THREADS does not set them, the ranks of a host divide its cores. */
void start_ranks(void);
/* [all] Waits for the others and leaves MPI. main calls it after a command; a command that calls exit itself
   calls it before: a rank that exits without it ends the job as an error. */
void end_ranks(void);

int rank_count(void); // 1: alone
int this_rank(void);
static inline int is_first_rank(void) { return this_rank() == 0; }
const char *rank_host(int rank); // "" when alone
int this_local_rank(void);
/* Name and version of the MPI library; NULL: built without MPI. Before start_ranks, too. */
const char *mpi_version(void);

/* ---- whose work ---- */

/* The items of n that belong to a rank: contiguous, of sizes that differ by at most one. */
static inline index_range rank_share(size_t n, int rank) { return portion_range(n, (portion){rank, rank_count()}); }
static inline index_range my_share(size_t n) { return rank_share(n, this_rank()); }

/* Bytes that grow. Start with {0}; free(data) at the end. */
typedef struct {
    unsigned char *data;
    size_t bytes, capacity;
} byte_buffer;
void append_bytes(byte_buffer *b, const void *data, size_t bytes);

/* Items 0 .. n-1 in blocks, which the ranks compute in turn: block k belongs to rank k % rank_count(). */
typedef struct {
    size_t n, block; // items; items of a block, the last one perhaps fewer
    /* On the block's rank: appends the result to `to`, which is empty. */
    void (*compute)(void *context, index_range items, byte_buffer *to);
    /* On rank 0, block after block in the order of the items. */
    void (*take)(void *context, index_range items, const void *data, size_t bytes);
    void *context;
} shared_work;

/* [all] Computes all blocks and hands them to rank 0's take as they come. A rank holds one block at a time,
   whatever n is. The size of a block must not depend on the number of ranks if the result may depend on it.
   Alone: compute, take, compute, take. */
void share_work(const shared_work *w);

/* ---- what they tell each other; any size, above 2^31 bytes too ---- */

/* [all] Rank 0's bytes replace those of the others. */
void broadcast(void *data, size_t bytes);

/* [all] `all` has n items of `size` bytes, of which each rank has filled in my_share(n); afterwards it is
   complete on all ranks. */
void gather_shares(void *all, size_t n, size_t size);

/* [all] The largest of the ranks' flags: nonzero if any is. */
int any_rank(int flag);

/* [all] Element-wise over the ranks, in place. */
void largest_integers(int64_t *x, size_t n);

/* [all] Sends and receives at once. Messages between two ranks are matched in the order of the lists; both
   sides state the same sizes. To this rank itself: a copy. */
typedef struct {
    int rank; // the other one
    void *data;
    size_t bytes;
} transfer;
void exchange(const transfer *sent, size_t nsent, const transfer *received, size_t nreceived);

/* ---- agreement ---- */

/* What must be the same on all ranks. */
typedef struct {
    const char *what; // "cfg"
    uint64_t hash;    // what is compared
    char value[512];  // for the message, such as the name of a file; for a long text the part that differs
} shared_fact;

/* [all] Exits 1 on all ranks if a fact's hash differs from rank 0's, with one line that names the fact, the
   first rank that differs, its host and both values. */
void agree_on(const shared_fact *facts, int n);
