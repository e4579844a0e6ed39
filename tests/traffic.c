/*
traffic.c - a library for LD_PRELOAD that counts the bytes which a rank hands to MPI and copies. tests/check_ranks.py uses it.

    TRAFFIC_SEEN=file    at exit FILE.RANK gets "sent received collective copied", in bytes: of MPI_Isend and MPI_Irecv, without the notes by
                         which ranks watch each other, whose communicator receives from any source; of collective calls; and of memcpy and memmove
                         where the program itself calls them, not MPI or libc
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    int rank;
    MPI_Comm notes;
    size_t sent, received, collective, copied;
    uintptr_t from, end; // of the program in memory
    void *(*copy)(void *, const void *, size_t);
    void *(*move)(void *, const void *, size_t);
} seen = {.notes = MPI_COMM_NULL};

static void add(size_t *to, size_t bytes) { __atomic_fetch_add(to, bytes, __ATOMIC_RELAXED); }

/* ---- MPI ---- */

static size_t bytes_of(int n, MPI_Datatype type)
{
    int size;
    PMPI_Type_size(type, &size);
    return (size_t)n * size;
}

int MPI_Isend(const void *data, int n, MPI_Datatype type, int to, int tag, MPI_Comm comm, MPI_Request *r)
{
    if (comm != seen.notes) add(&seen.sent, bytes_of(n, type));
    return PMPI_Isend(data, n, type, to, tag, comm, r);
}

int MPI_Irecv(void *data, int n, MPI_Datatype type, int from, int tag, MPI_Comm comm, MPI_Request *r)
{
    if (from == MPI_ANY_SOURCE)
        seen.notes = comm;
    else
        add(&seen.received, bytes_of(n, type));
    return PMPI_Irecv(data, n, type, from, tag, comm, r);
}

int MPI_Ibcast(void *data, int n, MPI_Datatype type, int root, MPI_Comm comm, MPI_Request *r)
{
    add(&seen.collective, bytes_of(n, type));
    return PMPI_Ibcast(data, n, type, root, comm, r);
}

int MPI_Iallreduce(const void *from, void *to, int n, MPI_Datatype type, MPI_Op op, MPI_Comm comm, MPI_Request *r)
{
    add(&seen.collective, bytes_of(n, type));
    return PMPI_Iallreduce(from, to, n, type, op, comm, r);
}

int MPI_Init_thread(int *argc, char ***argv, int wanted, int *got)
{
    int status = PMPI_Init_thread(argc, argv, wanted, got);
    PMPI_Comm_rank(MPI_COMM_WORLD, &seen.rank);
    return status;
}

/* ---- copies ---- */

static int find_program(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size, (void)context;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const ElfW(Phdr) *p = info->dlpi_phdr + i;
        uintptr_t from = info->dlpi_addr + p->p_vaddr;
        if (p->p_type == PT_LOAD && (p->p_flags & PF_X)) seen.from = from, seen.end = from + p->p_memsz;
    }
    return 1; // the first is the program
}

__attribute__((constructor)) static void begin(void)
{
    seen.copy = (__typeof__(seen.copy))dlsym(RTLD_NEXT, "memcpy");
    seen.move = (__typeof__(seen.move))dlsym(RTLD_NEXT, "memmove");
    dl_iterate_phdr(find_program, 0);
}

__attribute__((destructor)) static void end(void)
{
    char path[4096];
    const char *name = getenv("TRAFFIC_SEEN");
    if (!name) return;
    snprintf(path, sizeof path, "%s.%d", name, seen.rank);
    FILE *f = fopen(path, "w");
    if (!f) return;
    fprintf(f, "%zu %zu %zu %zu\n", seen.sent, seen.received, seen.collective, seen.copied);
    fclose(f);
}

static void count_copy(const void *caller, size_t bytes)
{
    uintptr_t at = (uintptr_t)caller;
    if (at >= seen.from && at < seen.end) add(&seen.copied, bytes);
}

/* Before the constructor has run. */
static void *copy_bytes(void *to, const void *from, size_t n)
{
    volatile char *t = to;
    const char *f = from;
    if (t <= (volatile char *)f)
        for (size_t i = 0; i < n; ++i) t[i] = f[i];
    else
        while (n--) t[n] = f[n];
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    count_copy(__builtin_return_address(0), n);
    return (seen.copy ? seen.copy : copy_bytes)(to, from, n);
}

void *memmove(void *to, const void *from, size_t n)
{
    count_copy(__builtin_return_address(0), n);
    return (seen.move ? seen.move : copy_bytes)(to, from, n);
}

void *__memcpy_chk(void *restrict to, const void *restrict from, size_t n, size_t room); // of fortified programs
void *__memcpy_chk(void *restrict to, const void *restrict from, size_t n, size_t room)
{
    (void)room;
    count_copy(__builtin_return_address(0), n);
    return (seen.copy ? seen.copy : copy_bytes)(to, from, n);
}
