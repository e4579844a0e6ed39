/*
memory.cc - allocations on the devices, and whether a pointer may be used. Memory that nothing has written is NaN. Outside
emulated calls device memory is inaccessible, so that CPU code that follows a device pointer faults; CUEMU_GUARD=0 turns this
off: faster.
*/
#include <map>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pages.h"

namespace cuemu {

static const size_t DEFAULT_MEMORY = (size_t)4 << 30;
static std::vector<arena> arenas;
static std::map<const char *, allocation> allocations; // by start, freed ones too
static std::map<const char *, size_t> pinned;

static void watch_faults();

static arena &arena_of(int device)
{
    if (arenas.empty()) {
        arenas.resize((size_t)device_count());
        watch_faults();
    }
    arena &a = arenas[(size_t)device];
    if (!a.base) make_arena(&a);
    return a;
}

void open_memory(int device)
{
    for (size_t d = 0; d < arenas.size(); ++d) protect(arenas[d], can_reach(device, (int)d));
}

void close_memory()
{
    static const char *guard = getenv("CUEMU_GUARD");
    if (guard && !strcmp(guard, "0")) return;
    for (arena &a : arenas) protect(a, false);
}

static size_t memory_of_a_device()
{
    static const char *text = getenv("CUEMU_MEMORY"); // MiB
    return text ? strtoul(text, nullptr, 10) << 20 : DEFAULT_MEMORY;
}

const allocation *find_allocation(const void *p)
{
    auto after = allocations.upper_bound((const char *)p);
    if (after == allocations.begin()) return nullptr;
    const allocation &a = std::prev(after)->second;
    return (const char *)p < a.data + (a.bytes ? a.bytes : 1) ? &a : nullptr;
}

void check_device_pointer(int device, const void *p, size_t bytes, const char *user)
{
    const allocation *a = find_allocation(p);
    if (!a) fail("%s: %p is no device memory", user, p);
    if (a->freed) fail("%s: %p is device memory that was freed (use after free)", user, p);
    if (!can_reach(device, a->device))
        fail("%s: %p belongs to device %d, which device %d has no peer access to", user, p, a->device, device);
    size_t offset = (size_t)((const char *)p - a->data);
    if (offset + bytes > a->bytes)
        fail("%s: %zu bytes at offset %zu of an allocation of %zu", user, bytes, offset, a->bytes);
}

void check_host_pointer(const void *p, const char *user)
{
    if (find_allocation(p)) fail("%s: %p is device memory where host memory is expected", user, p);
}

bool is_pinned(const void *p)
{
    auto after = pinned.upper_bound((const char *)p);
    if (after == pinned.begin()) return false;
    auto in = std::prev(after);
    return (const char *)p < in->first + in->second;
}

void check_canaries(const char *user)
{
    for (auto &[start, a] : allocations)
        if (!a.freed && can_reach(active_device(), a.device) && !canaries_live(a.data, a.bytes))
            fail("%s wrote outside an allocation of %zu bytes", user, a.bytes);
}

#if defined(CUEMU_ASAN)
static void watch_faults() {} // AddressSanitizer does
#else
/* Reports what is at the address and who accessed it. Not all of this is allowed in a signal handler; the program ends anyway. */
static void explain_fault(int, siginfo_t *info, void *)
{
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    char who[400];
    const char *at = (const char *)info->si_addr;
    bool in_kernel = describe_thread(who, sizeof who);
    bool device = false;
    for (const arena &a : arenas) device |= in_arena(a, at);
    if (!in_kernel && !device) return; // the program's own fault: it comes again, without us
    if (!in_kernel) snprintf(who, sizeof who, "the host");
    const allocation *a = find_allocation(at);
    auto after = allocations.upper_bound(at);
    const allocation *before = after == allocations.begin() ? nullptr : &std::prev(after)->second;
    if (a)
        fail("%s touched device memory at %p that %s", who, at,
             a->freed    ? "was freed"
             : in_kernel ? "it has no access to"
                         : "only kernels may touch");
    if (device && before)
        fail("%s touched %p, %zu bytes behind an allocation of %zu", who, at,
             (size_t)(at - before->data - before->bytes), before->bytes);
    fail("%s touched %p, which is neither device memory nor shared memory", who, at);
}

static void watch_faults()
{
    struct sigaction action = {};
    action.sa_sigaction = explain_fault;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, nullptr);
    sigaction(SIGBUS, &action, nullptr);
}
#endif

} // namespace cuemu

using namespace cuemu;

cudaError_t cudaMalloc(void **p, size_t bytes)
{
    call in(current_device());
    if (cudaError_t e = refuse_in_capture()) return note(e);
    arena &a = arena_of(current_device());
    *p = nullptr;
    if (bytes > memory_of_a_device() - a.occupied) return note(cudaErrorMemoryAllocation);
    open_memory(current_device());
    char *data = take(a, bytes);
    if (!data) return note(cudaErrorMemoryAllocation);
    allocation &made = allocations[data] = {current_device(), data, bytes, false};
    a.occupied += bytes;
    fill_nan(data, bytes);
    lay_canaries(made.data, made.bytes);
    *p = data;
    return cudaSuccess;
}

cudaError_t cudaFree(void *p)
{
    call in(current_device());
    if (!p) return cudaSuccess;
    if (cudaError_t e = refuse_in_capture()) return note(e);
    auto found = allocations.find((char *)p);
    if (found == allocations.end()) fail("cudaFree: %p is no allocation", p);
    allocation &a = found->second;
    if (a.freed) fail("cudaFree: %p is freed twice", p);
    finish_streams(ALL_DEVICES);
    open_memory(a.device);
    if (!canaries_live(a.data, a.bytes)) fail("cudaFree: something wrote outside an allocation of %zu bytes", a.bytes);
    give_back(a.data, a.bytes);
    a.freed = true;
    arenas[(size_t)a.device].occupied -= a.bytes;
#if defined(CUEMU_ASAN)
    allocations.erase(found); // malloc gives the place to anyone
#endif
    return cudaSuccess;
}

cudaError_t cudaMallocHost(void **p, size_t bytes) { return cudaHostAlloc(p, bytes, cudaHostAllocDefault); }

cudaError_t cudaHostAlloc(void **p, size_t bytes, unsigned)
{
    call in(current_device());
    *p = alloc_guarded(bytes);
    fill_nan(*p, bytes);
    pinned[(char *)*p] = bytes;
    return cudaSuccess;
}

cudaError_t cudaFreeHost(void *p)
{
    call in(current_device());
    if (!p) return cudaSuccess;
    auto found = pinned.find((char *)p);
    if (found == pinned.end()) fail("cudaFreeHost: %p isn't from cudaMallocHost", p);
    finish_streams(ALL_DEVICES);
    free_guarded((char *)p, found->second);
    pinned.erase(found);
    return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t *available, size_t *total)
{
    call in(current_device());
    *total = memory_of_a_device();
    *available = *total - arena_of(current_device()).occupied;
    return cudaSuccess;
}
