/*
pipeline.cc - asynchronous copies of a thread to shared memory, see include/cuda_pipeline.h. What is copied is
not there, and what it overwrites still is, until the thread waits.
*/
#include <stdint.h>
#include <string.h>
#include <deque>
#include "emu.h"
#include "include/cuda_pipeline.h"

namespace cuemu {

struct async_copy {
    void *to;
    const void *from;
    size_t bytes;
};
typedef std::vector<async_copy> copy_group;
struct pipeline {
    copy_group open;
    std::deque<copy_group> committed;
};

static std::vector<pipeline> pipelines; // of the threads of the block

void forget_copies(size_t threads) { pipelines.assign(threads, pipeline()); }

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
    p.open.push_back({to, from, bytes});
}

void commit_copies(const char *file, int line)
{
    pipeline &p = of_this_thread("a commit", file, line);
    p.committed.push_back(std::move(p.open));
    p.open.clear();
}

void wait_copies(size_t prior, const char *file, int line)
{
    pipeline &p = of_this_thread("a wait for copies", file, line);
    for (; p.committed.size() > prior; p.committed.pop_front())
        for (const async_copy &c : p.committed.front()) memcpy(c.to, c.from, c.bytes);
}

} // namespace cuemu
