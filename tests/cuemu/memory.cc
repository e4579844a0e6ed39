/*
memory.cc - device memory. Each device has an arena of addresses that are never used twice. An allocation ends where a
page ends (to 16 bytes) and stands alone between pages that fault, as does all that was freed. Outside emulated calls no
page of the arena can be touched, so that a host that follows a device pointer faults. CUEMU_GUARD=0 leaves this last part
out: faster. What nobody has written is NaN.

SANITIZE=address: memory from malloc, for AddressSanitizer to watch.
*/
#include "emu.h"
#include <map>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace cuemu {

static const size_t PAGE = 4096, ARENA_BYTES = (size_t)1 << 37, DEFAULT_MEMORY = (size_t)4 << 30;
static const unsigned NOTHING = 0x7fa5a5a5; // NaN as a float, absurd as an int

struct arena {
    char *base = nullptr;
    size_t used = 0;     // addresses
    size_t occupied = 0; // bytes that live allocations asked for
    bool open = false;
};
static std::vector<arena> arenas;
static std::map<const char *, allocation> allocations; // by start, freed ones too
static std::map<const char *, size_t> pinned;
static int empty_file = -1;

/* Its byte at that address. */
static char nothing_at(const char *p) { return (char)(NOTHING >> (size_t)p % 4 * 8); }

void fill_nan(void *p, size_t bytes)
{
    char *c = (char *)p, *end = c + bytes;
    for (; c < end && (size_t)c % 4; ++c) *c = nothing_at(c);
    for (; c + 4 <= end; c += 4) *(unsigned *)c = NOTHING;
    for (; c < end; ++c) *c = nothing_at(c);
}

/* Pages behind the end of an empty file: touching them is SIGBUS however they are protected, so that one mprotect of the
   whole arena opens the allocations and not what lies between them. The offset makes neighbours one mapping. */
static void make_void(char *p, size_t bytes)
{
    if (empty_file < 0) empty_file = memfd_create("cuemu", 0);
    if (mmap(p, bytes, PROT_NONE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, empty_file, (off_t)p) == MAP_FAILED)
        fail("cannot map the void between allocations");
}

static void explain_fault(int, siginfo_t *info, void *);

static arena &arena_of(int device)
{
    if (arenas.empty()) {
        arenas.resize((size_t)device_count());
#if !defined(CUEMU_ASAN)
        struct sigaction action = {};
        action.sa_sigaction = explain_fault;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK;
        sigaction(SIGSEGV, &action, nullptr);
        sigaction(SIGBUS, &action, nullptr);
#endif
    }
    arena &a = arenas[(size_t)device];
    if (!a.base) {
        a.base = (char *)mmap(nullptr, ARENA_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (a.base == MAP_FAILED) fail("no addresses for device memory (ulimit -v?)");
    }
    return a;
}

static bool guarding()
{
    static const char *text = getenv("CUEMU_GUARD");
    return !text || strcmp(text, "0");
}

static void protect(arena &a, bool open)
{
    if (a.open == open || !a.used) return;
    if (mprotect(a.base, a.used, open ? PROT_READ | PROT_WRITE : PROT_NONE)) fail("cannot protect device memory");
    a.open = open;
}

void open_memory(int device)
{
    for (size_t d = 0; d < arenas.size(); ++d) protect(arenas[d], can_reach(device, (int)d));
}

void close_memory()
{
    if (!guarding()) return;
    for (arena &a : arenas) protect(a, false);
}

#if defined(CUEMU_ASAN)
char *alloc_guarded(size_t bytes, size_t alignment)
{
    void *p = nullptr;
    return posix_memalign(&p, alignment, bytes) ? nullptr : (char *)p;
}
static char *take(arena &, size_t bytes) { return alloc_guarded(bytes ? bytes : 1, 16); }
static void give_back(const allocation &a) { free(a.data); }
static void lay_canaries(const allocation &) {}
static bool canaries_live(const allocation &) { return true; }
#else
static size_t pages(size_t bytes) { return (bytes + PAGE - 1) / PAGE * PAGE; }

char *alloc_guarded(size_t bytes, size_t alignment)
{
    size_t rounded = (bytes + alignment - 1) / alignment * alignment, size = pages(rounded);
    char *p = (char *)mmap(nullptr, size + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) fail("no memory for %zu bytes", bytes);
    mprotect(p + size, PAGE, PROT_NONE);
    return p + size - rounded;
}

static size_t rounded(size_t bytes) { return (bytes + 15) / 16 * 16; }
static char *first_page(const allocation &a) { return a.data - (size_t)a.data % PAGE; }

static char *take(arena &a, size_t bytes)
{
    size_t size = pages(rounded(bytes ? bytes : 1));
    if (a.used + size + 2 * PAGE > ARENA_BYTES) return nullptr;
    char *page = a.base + a.used + PAGE;
    if (!a.used) make_void(a.base, PAGE);
    // Open as its neighbours are at this moment: the caller has opened the arena.
    if (mmap(page, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) == MAP_FAILED)
        return nullptr;
    make_void(page + size, PAGE);
    a.used += PAGE + size;
    a.open = true;
    return page + size - rounded(bytes ? bytes : 1);
}

static void give_back(const allocation &a)
{
    char *page = first_page(a);
    make_void(page, (size_t)(a.data + rounded(a.bytes ? a.bytes : 1) - page));
}

/* NaN before and behind what was asked for, as far as its pages go. */
static void lay_canaries(const allocation &a)
{
    fill_nan(first_page(a), (size_t)(a.data - first_page(a)));
    fill_nan(a.data + a.bytes, rounded(a.bytes ? a.bytes : 1) - a.bytes);
}

static bool canaries_live(const allocation &a)
{
    size_t before = (size_t)(a.data - first_page(a)), behind = rounded(a.bytes ? a.bytes : 1) - a.bytes;
    if (before > 64) before = 64;
    for (size_t i = 1; i <= before; ++i)
        if (a.data[-(long)i] != nothing_at(a.data - i)) return false;
    for (size_t i = 0; i < behind; ++i)
        if (a.data[a.bytes + i] != nothing_at(a.data + a.bytes + i)) return false;
    return true;
}
#endif

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
        if (!a.freed && can_reach(active_device(), a.device) && !canaries_live(a))
            fail("%s wrote outside an allocation of %zu bytes", user, a.bytes);
}

#if !defined(CUEMU_ASAN)
/* Says what lies at the address and who touched it. Not all of it is allowed in a signal handler; the program ends anyway. */
static void explain_fault(int, siginfo_t *info, void *)
{
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    char who[400];
    const char *at = (const char *)info->si_addr;
    bool in_kernel = describe_thread(who, sizeof who);
    bool device = false;
    for (const arena &a : arenas) device |= a.base && at >= a.base && at < a.base + ARENA_BYTES;
    if (!in_kernel && !device) return; // the program's own fault: it comes again, without us
    if (!in_kernel) snprintf(who, sizeof who, "the host");
    const allocation *a = find_allocation(at);
    auto after = allocations.upper_bound(at);
    const allocation *before = after == allocations.begin() ? nullptr : &std::prev(after)->second;
    if (a) fail("%s touched device memory at %p that %s", who, at, a->freed ? "was freed" : in_kernel ? "it has no access to" : "only kernels may touch");
    if (device && before)
        fail("%s touched %p, %zu bytes behind an allocation of %zu", who, at, (size_t)(at - before->data - before->bytes), before->bytes);
    fail("%s touched %p, which is neither device memory nor shared memory", who, at);
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
    lay_canaries(made);
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
    if (!canaries_live(a)) fail("cudaFree: something wrote outside an allocation of %zu bytes", a.bytes);
    give_back(a);
    a.freed = true;
    arenas[(size_t)a.device].occupied -= a.bytes;
    return cudaSuccess;
}

cudaError_t cudaMallocHost(void **p, size_t bytes) { return cudaHostAlloc(p, bytes, cudaHostAllocDefault); }

cudaError_t cudaHostAlloc(void **p, size_t bytes, unsigned)
{
    call in(current_device());
    *p = alloc_guarded(bytes ? bytes : 1, 16);
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
#if defined(CUEMU_ASAN)
    free(p);
#else
    char *page = (char *)p - (size_t)p % PAGE;
    munmap(page, pages(rounded(found->second ? found->second : 1)) + PAGE);
#endif
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
