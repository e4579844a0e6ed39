/*
ranks_mpi.c - ranks by MPI. See ranks.h. Linked with MPI=1, and the only file that includes mpi.h.

The thread that works and the one that watches (ranks_watch.c) call MPI in turn, under one lock, and neither
waits inside MPI: pending transfers are polled, so that a waiting rank notices the end of the job.
MPI_THREAD_SERIALIZED is enough for that.
*/
#define _GNU_SOURCE // cpu_set_t, recursive mutexes
#include <mpi.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/launcher.h"
#include "base/memory.h"
#include "base/ranks.h"
#include "base/ranks_place.h"
#include "base/ranks_watch.h"

/* PIECE: bytes of one message; MPI counts in ints. */
enum { PIECE = 1 << 30, HOST_BYTES = 64, INIT_SECONDS = 120, END_SECONDS = 15 };

static struct {
    int started, n, rank;
    MPI_Comm work, notes;
    rank_place *places; // of all ranks
    pthread_mutex_t lock;
    int wanted; // by the thread that watches
    /* Notes: the one to be received, and those being sent. */
    MPI_Request receiving;
    rank_note incoming;
    /* (2n) to each rank: a sign of life, and its last note */
    MPI_Request *sending;
    rank_note *outgoing;
} mpi = {.n = 1, .lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP}; // knows whether a thread holds it

int rank_count(void) { return mpi.n; }
int this_rank(void) { return mpi.rank; }
const char *rank_host(int rank) { return mpi.n > 1 ? mpi.places[rank].host : ""; }
int this_local_rank(void) { return mpi.n > 1 ? mpi.places[mpi.rank].local : 0; }

const char *mpi_version(void)
{
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int n;
    if (!text[0]) MPI_Get_library_version(text, &n);
    text[strcspn(text, ",\n")] = 0; // Open MPI v4.1.4, package: ...
    return text;
}

static void check(int status, const char *call)
{
    char text[MPI_MAX_ERROR_STRING] = "unknown error";
    int n;
    if (status == MPI_SUCCESS) return;
    MPI_Error_string(status, text, &n);
    while (!pthread_mutex_unlock(&mpi.lock)) continue; // this thread may hold it; die waits for the watch
    die("%s: %s", call, text);
}
#define MPI_OK(call) check((call), #call)

/* ---- waiting ---- */

/* Polls at full speed at first, for transfers that take milliseconds; then leaves the core to ranks that
   compute. */
static void pause_since(double start)
{
    if (monotonic_seconds() - start < .01)
        sched_yield();
    else
        usleep(monotonic_seconds() - start < .1 ? 20 : 100);
}

static void lock_for_work(void)
{
    while (__atomic_load_n(&mpi.wanted, __ATOMIC_RELAXED)) sched_yield();
    pthread_mutex_lock(&mpi.lock);
}

static void unlock(void) { pthread_mutex_unlock(&mpi.lock); }

static void wait_for(int n, MPI_Request *requests)
{
    double start = monotonic_seconds();
    for (;;) {
        int done;
        lock_for_work();
        int status = MPI_Testall(n, requests, &done, MPI_STATUSES_IGNORE);
        unlock();
        check(status, "MPI_Testall");
        if (done) return;
        leave_if_ended();
        pause_since(start);
    }
}

/* ---- messages ---- */

static size_t pieces_of(const transfer *t, size_t n)
{
    size_t pieces = 0;
    for (size_t i = 0; i < n; ++i) pieces += (t[i].bytes + PIECE - 1) / PIECE;
    return pieces;
}

static MPI_Request *post(const transfer *t, size_t n, int sends, MPI_Request *to)
{
    for (size_t i = 0; i < n; ++i)
        for (size_t at = 0; at < t[i].bytes; at += PIECE) {
            int bytes = t[i].bytes - at < PIECE ? (int)(t[i].bytes - at) : PIECE;
            char *data = (char *)t[i].data + at;
            if (sends)
                MPI_OK(MPI_Isend(data, bytes, MPI_BYTE, t[i].rank, 0, mpi.work, to++));
            else
                MPI_OK(MPI_Irecv(data, bytes, MPI_BYTE, t[i].rank, 0, mpi.work, to++));
        }
    return to;
}

void exchange(const transfer *sent, size_t nsent, const transfer *received, size_t nreceived)
{
    size_t n = pieces_of(sent, nsent) + pieces_of(received, nreceived);
    MPI_Request *requests = checked_malloc((n + 1) * sizeof *requests);
    lock_for_work();
    post(sent, nsent, 1, post(received, nreceived, 0, requests));
    unlock();
    wait_for((int)n, requests);
    free(requests);
}

void broadcast(void *data, size_t bytes)
{
    for (size_t at = 0; mpi.n > 1 && at < bytes; at += PIECE) {
        MPI_Request r;
        lock_for_work();
        MPI_OK(
            MPI_Ibcast((char *)data + at, bytes - at < PIECE ? (int)(bytes - at) : PIECE, MPI_BYTE, 0, mpi.work, &r));
        unlock();
        wait_for(1, &r);
    }
}

void largest_integers(int64_t *x, size_t n)
{
    enum { MOST = PIECE / sizeof *x };
    for (size_t at = 0; mpi.n > 1 && at < n; at += MOST) {
        MPI_Request r;
        lock_for_work();
        MPI_OK(MPI_Iallreduce(MPI_IN_PLACE, x + at, n - at < MOST ? (int)(n - at) : MOST, MPI_INT64_T, MPI_MAX,
                              mpi.work, &r));
        unlock();
        wait_for(1, &r);
    }
}

/* ---- notes ---- */

static void lock_for_notes(void)
{
    __atomic_store_n(&mpi.wanted, 1, __ATOMIC_RELAXED);
    pthread_mutex_lock(&mpi.lock);
    __atomic_store_n(&mpi.wanted, 0, __ATOMIC_RELAXED);
}

static int is_done(MPI_Request *r)
{
    int done = 1;
    return MPI_Test(r, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS || done;
}

void send_note(int rank, const rank_note *n)
{
    int slot = 2 * rank + (n->kind != NOTE_ALIVE);
    lock_for_notes();
    if (is_done(mpi.sending + slot)) {
        mpi.outgoing[slot] = *n;
        MPI_Isend(mpi.outgoing + slot, sizeof *n, MPI_BYTE, rank, 0, mpi.notes, mpi.sending + slot);
    }
    unlock();
}

static void receive_next(void)
{
    MPI_Irecv(&mpi.incoming, sizeof mpi.incoming, MPI_BYTE, MPI_ANY_SOURCE, 0, mpi.notes, &mpi.receiving);
}

int receive_note(rank_note *n)
{
    MPI_Status from;
    int done = 0, failed;
    lock_for_notes();
    failed = MPI_Test(&mpi.receiving, &done, &from);
    if (!failed && done) {
        *n = mpi.incoming;
        receive_next();
    }
    unlock();
    return !failed && done ? from.MPI_SOURCE : -1;
}

int notes_are_sent(void)
{
    int done = 1;
    lock_for_notes();
    for (int i = 0; i < 2 * mpi.n; ++i) done &= is_done(mpi.sending + i);
    unlock();
    return done;
}

/* ---- start and end ---- */

static int is_launched(void)
{
    const char *variable;
    if (launcher_offers_mpi()) return 1;
    int n = launched_processes(&variable);
    if (n > 1)
        die("a launcher started %d processes (%s) that cannot find each other: with Slurm use srun --mpi=pmix (srun "
            "--mpi=list shows what there is)",
            n, variable);
    return 0;
}

static void find_places(void)
{
    MPI_Comm local;
    rank_place own = {.threads = 0};
    MPI_OK(MPI_Comm_split_type(mpi.work, MPI_COMM_TYPE_SHARED, mpi.rank, MPI_INFO_NULL, &local));
    MPI_OK(MPI_Comm_rank(local, &own.local));
    MPI_OK(MPI_Comm_size(local, &own.locals));
    own.first = mpi.rank;
    MPI_OK(MPI_Bcast(&own.first, 1, MPI_INT, 0, local));
    MPI_OK(MPI_Comm_free(&local));
    find_place(&own);
    mpi.places = checked_calloc(mpi.n, sizeof *mpi.places);
    MPI_OK(MPI_Allgather(&own, sizeof own, MPI_BYTE, mpi.places, sizeof own, MPI_BYTE, mpi.work));
}

static void open_notes(void)
{
    mpi.outgoing = checked_calloc(2 * mpi.n, sizeof *mpi.outgoing);
    mpi.sending = checked_malloc(2 * mpi.n * sizeof *mpi.sending);
    for (int i = 0; i < 2 * mpi.n; ++i) mpi.sending[i] = MPI_REQUEST_NULL;
    receive_next();
}

/* Sanitizers, MPI and libc can still write to the descriptors. */
static void fall_silent(void)
{
    FILE *nowhere = fopen("/dev/null", "w");
    if (!nowhere) die("/dev/null: cannot open");
    fflush(stdout);
    stdout = stderr = nowhere;
}

void start_ranks(void)
{
    int level;
    if (mpi.started || !is_launched()) return;
    mpi.started = 1;
    set_guard(INIT_SECONDS, "MPI's start");
    MPI_OK(MPI_Init_thread(0, 0, MPI_THREAD_SERIALIZED, &level));
    if (level < MPI_THREAD_SERIALIZED) die("%s does not support MPI_THREAD_SERIALIZED", mpi_version());
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN); // inherited by copies
    MPI_OK(MPI_Comm_dup(MPI_COMM_WORLD, &mpi.work));
    MPI_OK(MPI_Comm_dup(MPI_COMM_WORLD, &mpi.notes));
    MPI_OK(MPI_Comm_size(mpi.work, &mpi.n));
    MPI_OK(MPI_Comm_rank(mpi.work, &mpi.rank));
    find_places();
    forget_guard();
    take_cores(mpi.places, mpi.n, mpi.rank);
    if (mpi.n == 1) return;
    open_notes();
    start_watch();
    if (mpi.rank) fall_silent();
}

void end_ranks(void)
{
    if (!mpi.started) return;
    mpi.started = 0;
    if (mpi.n > 1) {
        MPI_Request all;
        lock_for_work();
        MPI_OK(MPI_Ibarrier(mpi.work, &all));
        unlock();
        wait_for(1, &all);
        stop_watch();
        MPI_Cancel(&mpi.receiving);
        MPI_Wait(&mpi.receiving, MPI_STATUS_IGNORE);
    }
    set_guard(END_SECONDS, "MPI's end");
    MPI_Finalize();
    forget_guard();
}
