#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/memory.h"

static void *checked(void *p, size_t n, size_t size)
{
    if (p) return p;
    die("out of memory: %zu x %zu bytes requested; use a smaller batch or network", n, size);
}

void *checked_calloc(size_t n, size_t size) { return checked(calloc(n ? n : 1, size), n, size); }

void *checked_malloc(size_t bytes) { return checked(malloc(bytes ? bytes : 1), 1, bytes); }

void *checked_realloc(void *p, size_t bytes) { return checked(realloc(p, bytes ? bytes : 1), 1, bytes); }

float *aligned_floats(size_t n)
{
    size_t bytes = (n * sizeof(float) + 64) / 64 * 64;
    return memset(checked(aligned_alloc(64, bytes), n, sizeof(float)), 0, bytes);
}

/* calloc writes nothing into large blocks that are new from the kernel, as zeros. The block's address is
   stored just before the floats. */
float *lazy_floats(size_t n)
{
    enum { LINE = 64 };
    if (n > SIZE_MAX / sizeof(float) - LINE) checked(0, n, sizeof(float));
    char *block = checked_calloc(n * sizeof(float) + LINE, 1), *start = block + LINE - (uintptr_t)block % LINE;
    memcpy(start - sizeof block, &block, sizeof block);
    return (float *)start;
}

void free_lazy_floats(float *x)
{
    void *block = x;
    if (x) memcpy(&block, (char *)x - sizeof block, sizeof block);
    free(block);
}
