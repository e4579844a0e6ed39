/*
nccl.cc - sums over devices, of threads or of processes on one host, through memory that all of them map. They are added up in the
order of the ranks. As in NCCL, a call waits for all ranks, for ever if one is missing.
*/
#include <atomic>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "emu.h"
#include "nccl.h"

using namespace cuemu;

enum { FIRST = 4096 }; // byte of the first rank's numbers, which those of the others follow

struct meeting {
    std::atomic<int> arrived, turn;
};

struct cuemu_comm {
    int n, rank, device, file;
    char *memory;
    size_t bytes;
};

/* The memory has no name, so that nothing is left of it, however its processes end. */
static int new_memory()
{
    int file = memfd_create("cuemu-nccl", MFD_CLOEXEC);
    if (file >= 0 && ftruncate(file, FIRST) == 0) return file;
    fail("NCCL: no shared memory");
}

static void map(cuemu_comm *c, size_t bytes)
{
    struct stat now;
    if (bytes <= c->bytes) return;
    if (c->memory) munmap(c->memory, c->bytes);
    if (fstat(c->file, &now) || ((size_t)now.st_size < bytes && ftruncate(c->file, (off_t)bytes)))
        fail("NCCL: no %zu bytes of shared memory", bytes);
    c->memory = (char *)mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, c->file, 0);
    if (c->memory == MAP_FAILED) fail("NCCL: cannot map %zu bytes", bytes);
    c->bytes = bytes;
}

static cuemu_comm *new_comm(int n, int rank, int device, int file)
{
    cuemu_comm *c = new cuemu_comm{n, rank, device, file, nullptr, 0};
    map(c, FIRST);
    return c;
}

static void wait_for_all(cuemu_comm *c)
{
    meeting *m = (meeting *)c->memory;
    int turn = m->turn;
    if (m->arrived.fetch_add(1) + 1 == c->n) {
        m->arrived = 0;
        m->turn = turn + 1;
    }
    while (m->turn == turn) usleep(20);
}

ncclResult_t ncclGetVersion(int *version)
{
    *version = 22100;
    return ncclSuccess;
}

const char *ncclGetErrorString(ncclResult_t result)
{
    return result == ncclSuccess ? "no error" : result == ncclSystemError ? "unhandled system error" : "invalid argument";
}

static int made = -1; // by ncclGetUniqueId, until all ranks have opened it

ncclResult_t ncclGetUniqueId(ncclUniqueId *id)
{
    memset(id, 0, sizeof *id);
    made = new_memory();
    snprintf(id->internal, sizeof id->internal, "/proc/%d/fd/%d", (int)getpid(), made);
    return ncclSuccess;
}

ncclResult_t ncclCommInitRank(ncclComm_t *comm, int n, ncclUniqueId id, int rank)
{
    int file = open(id.internal, O_RDWR | O_CLOEXEC);
    if (file < 0) return ncclSystemError;
    if (rank < 0 || rank >= n) return ncclInvalidArgument;
    *comm = new_comm(n, rank, current_device(), file);
    wait_for_all(*comm);
    if (made >= 0) close(made);
    made = -1;
    return ncclSuccess;
}

ncclResult_t ncclCommInitAll(ncclComm_t *comms, int n, const int *devices)
{
    int file = new_memory();
    for (int i = 0; i < n; ++i) comms[i] = new_comm(n, i, devices ? devices[i] : i, dup(file));
    close(file);
    return ncclSuccess;
}

ncclResult_t ncclCommDestroy(ncclComm_t comm)
{
    munmap(comm->memory, comm->bytes);
    close(comm->file);
    delete comm;
    return ncclSuccess;
}

static float *numbers(const cuemu_comm *c, int rank, size_t n) { return (float *)(c->memory + FIRST) + (size_t)rank * n; }

static void add_up(const cuemu_comm *c, float *to, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        float sum = numbers(c, 0, n)[i];
        for (int r = 1; r < c->n; ++r) sum += numbers(c, r, n)[i];
        to[i] = sum;
    }
}

/* One part of the work, on the device and in its stream's order; while a thread waits for others it is in no call. */
static cudaError_t on_device(const cuemu_comm *c, const float *x, size_t n, std::function<void()> work)
{
    call in(c->device);
    check_device_pointer(c->device, x, n * sizeof *x, "ncclAllReduce");
    return submit(nullptr, {CUEMU_LIBRARY, "ncclAllReduce", 0}, std::move(work));
}

ncclResult_t ncclAllReduce(const void *sent, void *received, size_t n, ncclDataType_t type, ncclRedOp_t op, ncclComm_t c,
                           cudaStream_t stream)
{
    if (type != ncclFloat || op != ncclSum || stream) fail("ncclAllReduce: only sums of floats in stream 0 are emulated");
    if (current_device() != c->device)
        fail("ncclAllReduce: device %d is current, the communicator is device %d's", current_device(), c->device);
    map(c, FIRST + n * sizeof(float) * (size_t)c->n);
    const float *x = (const float *)sent;
    float *sum = (float *)received;
    cudaError_t failed = on_device(c, x, n, [=] { memcpy(numbers(c, c->rank, n), x, n * sizeof *x); });
    wait_for_all(c);
    if (!failed) failed = on_device(c, sum, n, [=] { add_up(c, sum, n); });
    wait_for_all(c);
    return failed ? ncclUnhandledCudaError : ncclSuccess;
}
