/*
pages.cc - an allocation ends where a page ends, to 16 bytes, between pages that fault; freed memory faults too.

SANITIZE=address: memory from malloc, for AddressSanitizer to watch.
*/
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "pages.h"

namespace cuemu {

static const unsigned NOTHING = 0x7fa5a5a5; // NaN as a float, absurd as an int

/* Its byte at that address. */
static char nothing_at(const char *p) { return (char)(NOTHING >> (size_t)p % 4 * 8); }

void fill_nan(void *p, size_t bytes)
{
    char *c = (char *)p, *end = c + bytes;
    for (; c < end && (size_t)c % 4; ++c) *c = nothing_at(c);
    for (; c + 4 <= end; c += 4) *(unsigned *)c = NOTHING;
    for (; c < end; ++c) *c = nothing_at(c);
}

#if defined(CUEMU_ASAN)
void make_arena(arena *) {}
bool in_arena(const arena &, const char *) { return false; }
void protect(arena &, bool) {}
char *take(arena &, size_t bytes) { return alloc_guarded(bytes); }
void give_back(char *data, size_t) { free(data); }
void lay_canaries(char *, size_t) {}
bool canaries_live(const char *, size_t) { return true; }

char *alloc_guarded(size_t bytes)
{
    void *p = nullptr;
    return posix_memalign(&p, 16, bytes ? bytes : 1) ? nullptr : (char *)p;
}
void free_guarded(char *p, size_t) { free(p); }
#else

static const size_t PAGE = 4096, ARENA_BYTES = (size_t)1 << 37;

static size_t rounded(size_t bytes) { return bytes ? (bytes + 15) / 16 * 16 : 16; }
static size_t pages(size_t bytes) { return (rounded(bytes) + PAGE - 1) / PAGE * PAGE; }
static char *first_page(const char *data) { return (char *)((size_t)data / PAGE * PAGE); }

/* Pages behind the end of an empty file: they fault with any protection, so that one mprotect of the whole arena opens
   the allocations and not what lies between them. The offset lets neighbours be one mapping. */
static void make_void(char *p, size_t bytes)
{
    static int empty_file = memfd_create("cuemu", 0);
    if (mmap(p, bytes, PROT_NONE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, empty_file, (off_t)p) == MAP_FAILED)
        fail("cannot map the void between allocations");
}

/* A page that faults too: since Linux 6.13 without a mapping of its own; mprotect takes time for each mapping. */
static void make_guard(char *page)
{
    const int install_guard = 102; // MADV_GUARD_INSTALL
    if (madvise(page, PAGE, install_guard)) make_void(page, PAGE);
}

void make_arena(arena *a)
{
    a->base = (char *)mmap(nullptr, ARENA_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (a->base == MAP_FAILED) fail("no addresses for device memory (ulimit -v?)");
    make_void(a->base, PAGE);
    a->used = PAGE;
}

bool in_arena(const arena &a, const char *p) { return a.base && p >= a.base && p < a.base + ARENA_BYTES; }

void protect(arena &a, bool open)
{
    if (a.open == open || !a.base) return;
    if (mprotect(a.base, a.used, open ? PROT_READ | PROT_WRITE : PROT_NONE)) fail("cannot protect device memory");
    a.open = open;
}

char *take(arena &a, size_t bytes)
{
    size_t size = pages(bytes);
    if (a.used + size + PAGE > ARENA_BYTES) return nullptr;
    char *page = a.base + a.used;
    if (mprotect(page, size + PAGE, PROT_READ | PROT_WRITE)) return nullptr;
    make_guard(page + size);
    a.used += size + PAGE;
    return page + size - rounded(bytes);
}

/* With the guard behind it, so that adjacent freed memory is one mapping. */
void give_back(char *data, size_t bytes) { make_void(first_page(data), pages(bytes) + PAGE); }

void lay_canaries(char *data, size_t bytes)
{
    fill_nan(first_page(data), (size_t)(data - first_page(data)));
    fill_nan(data + bytes, rounded(bytes) - bytes);
}

/* Before the data only the nearest bytes, for speed. */
bool canaries_live(const char *data, size_t bytes)
{
    const char *from = first_page(data);
    if (data - from > 64) from = data - 64;
    for (const char *p = from; p < data; ++p)
        if (*p != nothing_at(p)) return false;
    for (const char *p = data + bytes; p < data + rounded(bytes); ++p)
        if (*p != nothing_at(p)) return false;
    return true;
}

char *alloc_guarded(size_t bytes)
{
    size_t size = pages(bytes);
    // Hidden from ThreadSanitizer, for which mmap is a write by the running thread.
    char *p = (char *)syscall(SYS_mmap, nullptr, size + PAGE, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) fail("no memory for %zu bytes", bytes);
    mprotect(p + size, PAGE, PROT_NONE);
    return p + size - rounded(bytes);
}

void free_guarded(char *p, size_t bytes) { munmap(first_page(p), pages(bytes) + PAGE); }
#endif

} // namespace cuemu
