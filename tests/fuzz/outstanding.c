/*
outstanding.c - an account of memory and files. See outstanding.h.
*/
#include <stdint.h>
#include <stdlib.h>
#include "tests/fuzz/harness.h"
#include "tests/fuzz/outstanding.h"

typedef enum { MEMORY, STREAM } kind;

typedef struct {
    void *p;
    size_t bytes;
    kind kind;
} thing;

enum { MOST = 1 << 16, SLOTS = 1 << 17 };
static thing held[MOST];
static int nheld;
static int slots[SLOTS]; // by hash of p: 1 + its index in held; 0: free
static size_t total;
size_t memory_limit = MEMORY_LIMIT, memory_peak;

static unsigned home_of(const void *p) { return ((uintptr_t)p >> 4) * 0x9e3779b97f4a7c15u >> 47; }

/* The slot of p, or the free one where it would stand. */
static unsigned slot_of(const void *p)
{
    unsigned i = home_of(p);
    while (slots[i] && held[slots[i] - 1].p != p) i = (i + 1) % SLOTS;
    return i;
}

static thing *find(const void *p)
{
    int at = slots[slot_of(p)];
    return at ? held + at - 1 : 0;
}

static void *hold(void *p, size_t bytes, kind k)
{
    if (!p) return 0;
    held[nheld] = (thing){p, bytes, k};
    slots[slot_of(p)] = ++nheld;
    total += bytes;
    if (total > memory_peak) memory_peak = total;
    return p;
}

/* Frees a slot; those behind it that would not be found any more move up. */
static void clear_slot(unsigned i)
{
    for (unsigned j = (i + 1) % SLOTS; slots[j]; j = (j + 1) % SLOTS) {
        unsigned home = home_of(held[slots[j] - 1].p);
        if ((j - home) % SLOTS < (j - i) % SLOTS) continue;
        slots[i] = slots[j];
        i = j;
    }
    slots[i] = 0;
}

static void forget(thing *t)
{
    total -= t->bytes;
    clear_slot(slot_of(t->p));
    thing *last = held + --nheld;
    if (t == last) return;
    slots[slot_of(last->p)] = 1 + (t - held);
    *t = *last;
}

static int is_too_much(size_t bytes) { return nheld == MOST || bytes > memory_limit - total; }

void *fuzz_malloc(size_t bytes) { return is_too_much(bytes) ? 0 : hold(malloc(bytes), bytes, MEMORY); }

void *fuzz_calloc(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || is_too_much(bytes)) return 0;
    return hold(calloc(n, size), bytes, MEMORY);
}

void *fuzz_aligned_alloc(size_t alignment, size_t bytes)
{
    return is_too_much(bytes) ? 0 : hold(aligned_alloc(alignment, bytes), bytes, MEMORY);
}

void *fuzz_realloc(void *p, size_t bytes)
{
    if (is_too_much(bytes)) return 0;
    thing *t = find(p);
    void *moved = realloc(p, bytes);
    if (moved && t) forget(t);
    return hold(moved, bytes, MEMORY);
}

void fuzz_free(void *p)
{
    thing *t = find(p);
    promise(!t || t->kind == MEMORY, "free is for memory");
    if (t) forget(t);
    free(p);
}

FILE *fuzz_fopen(const char *path, const char *mode) { return hold(fopen(path, mode), 0, STREAM); }

int fuzz_fclose(FILE *f)
{
    thing *t = find(f);
    if (t) forget(t);
    return fclose(f);
}

void release_all(void)
{
    while (nheld) {
        thing t = held[nheld - 1];
        forget(held + nheld - 1);
        if (t.kind == STREAM)
            fclose(t.p);
        else
            free(t.p);
    }
}

void must_be_empty(void)
{
    for (int i = 0; i < nheld && i < 10; ++i)
        say("leaked: %s of %zu bytes\n", held[i].kind == MEMORY ? "memory" : "a stream", held[i].bytes);
    promise(!nheld, "all memory is freed and all files are closed");
}

void keep_all(void)
{
    while (nheld) forget(held + nheld - 1);
}
