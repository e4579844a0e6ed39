/*
pipeline.cc - asynchronous copies of a thread to shared memory, see include/cuda_pipeline.h. What is copied is
not there, and what it overwrites still is, until the thread waits.
*/
#include <stdint.h>
#include <string.h>
#include "emu.h"
#include "include/cuda_pipeline.h"

namespace cuemu {

struct async_copy {
    void *to;
    const void *from;
    size_t bytes, group;
};

/* No memory is allocated: ThreadSanitizer would see threads free what others have written. */
const unsigned MOST_THREADS = 1024, MOST_COPIES = 64;
struct pipeline {
    unsigned n;       // copies under way
    size_t committed; // groups
    async_copy copies[MOST_COPIES];
};

static pipeline pipelines[MOST_THREADS]; // of the threads of the block

void forget_copies(size_t threads)
{
    for (size_t t = 0; t < threads; ++t) pipelines[t].n = 0, pipelines[t].committed = 0;
}

static pipeline &of_this_thread(const char *what, const char *file, int line)
{
    if (!in_kernel()) fail("%s:%d: %s outside a kernel", file, line, what);
    return pipelines[number_of_this_thread()];
}

void copy_async(void *to, const void *from, size_t bytes, const char *file, int line)
{
    pipeline &p = of_this_thread("an asynchronous copy", file, line);
    if ((bytes != 4 && bytes != 8 && bytes != 16) || ((uintptr_t)to | (uintptr_t)from) % bytes)
        fail("%s:%d: an asynchronous copy of %zu bytes from %p to %p: 4, 8 or 16 bytes at a multiple of as many", file,
             line, bytes, from, to);
    if (p.n == MOST_COPIES) fail("%s:%d: more than %u copies of a thread under way", file, line, MOST_COPIES);
    p.copies[p.n++] = {to, from, bytes, p.committed};
}

void commit_copies(const char *file, int line) { ++of_this_thread("a commit", file, line).committed; }

void wait_copies(size_t prior, const char *file, int line)
{
    pipeline &p = of_this_thread("a wait for copies", file, line);
    unsigned left = 0;
    for (unsigned i = 0; i < p.n; ++i)
        if (p.copies[i].group + prior < p.committed)
            memcpy(p.copies[i].to, p.copies[i].from, p.copies[i].bytes);
        else
            p.copies[left++] = p.copies[i];
    p.n = left;
}

} // namespace cuemu
