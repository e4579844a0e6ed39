/*
launch.cc - runs a kernel: its blocks one after another, the threads of a block as coroutines.

A thread runs until it ends or waits. While threads only end, they share one stack and the block is a plain loop; one
that waits keeps its stack, and the next thread gets another. CUEMU_ORDER is the order of blocks and of threads between
barriers: forward, reverse or random:SEED.
*/
#include <memory>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "emu.h"
#include "fiber.h"
#include "order.h"
#include "race.h"

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace cuemu {

enum thread_state { FRESH, READY, AT_BARRIER, AT_WARP, DONE };

struct cuda_thread {
    thread_state state;
    fiber *stack;
    uint3 index;
    const char *file; // where it waits
    int line;
    unsigned mask; // AT_WARP: with whom
    unsigned shuffles;
    uint32_t given[2]; // what it gave to this shuffle and to the one before
};

static const launch_request *running; // nullptr outside kernels
static const std::function<void()> *body;
static std::vector<cuda_thread> threads;
static std::vector<unsigned> order;
static std::vector<fiber *> idle;
static unsigned started, current;
static fiber host;
static fiber *own_stack; // of the fiber that runs

static unsigned size_of(dim3 d) { return d.x * d.y * d.z; }

bool describe_thread(char *text, size_t size)
{
    if (!running) return false;
    snprintf(text, size, "kernel %s (launched at %s:%d), block %u,%u,%u, thread %u,%u,%u", running->site.kernel,
             running->site.file, running->site.line, blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y,
             threadIdx.z);
    return true;
}

static void wrong(const char *what, const cuda_thread &a, const cuda_thread &b)
{
    const launch_site &s = running->site;
    fail("%s in kernel %s (launched at %s:%d), block %u,%u,%u: thread %u,%u,%u waits at %s:%d, thread %u,%u,%u %s%s",
         what, s.kernel, s.file, s.line, blockIdx.x, blockIdx.y, blockIdx.z, a.index.x, a.index.y, a.index.z, a.file,
         a.line, b.index.x, b.index.y, b.index.z, b.state == DONE ? "has ended" : "waits at ",
         b.state == DONE ? "" : (std::string(b.file) + ":" + std::to_string(b.line)).c_str());
}

static void become(unsigned t)
{
    current = t;
    threadIdx = threads[t].index;
}

static void work();

static fiber *fresh_stack()
{
    if (idle.empty()) {
        fiber *f = new fiber;
        make_fiber(f, work);
        return f;
    }
    fiber *f = idle.back();
    idle.pop_back();
    return f;
}

static void go_to(fiber *to)
{
    fiber *from = own_stack;
    if (from == to) return;
    own_stack = to;
    switch_fiber(from, to);
}

/* The thread that ran has ended or waits: the next that hasn't started runs, on this stack if that is free; when all have
   started, the program's loop continues. */
static void next_thread(bool stack_is_free)
{
    if (started == threads.size()) {
        if (stack_is_free && !race_stack(current)) idle.push_back(own_stack);
        go_to(&host);
        return;
    }
    fiber *stack = race_stack(order[started]);
    if (!stack) stack = stack_is_free ? own_stack : fresh_stack();
    become(order[started++]);
    threads[current].stack = stack;
    go_to(stack);
}

/* The life of a stack: one thread after another. */
static void work()
{
    for (;;) {
        race_thread_begins();
        (*body)();
        race_thread_ends();
        threads[current].state = DONE;
        next_thread(true);
    }
}

static void wait_as(thread_state state, const char *file, int line)
{
    unsigned me = current;
    threads[me].state = state;
    threads[me].file = file;
    threads[me].line = line;
    next_thread(false);
    become(me);
}

static void check_in_kernel(const char *what, const char *file, int line)
{
    if (!running) fail("%s:%d: %s outside a kernel", file, line, what);
}

void barrier(const char *file, int line)
{
    check_in_kernel("__syncthreads", file, line);
    race_release_block();
    wait_as(AT_BARRIER, file, line);
    race_acquire_block();
}

bool in_kernel() { return running; }

unsigned number_of_this_thread() { return current; }

int lane_of_this_thread() { return (int)(current % warpSize); }

void warp_barrier(unsigned mask, const char *file, int line)
{
    check_in_kernel("__syncwarp", file, line);
    if (!(mask >> current % warpSize & 1))
        fail("%s:%d: a thread that isn't in the mask %08x waits with it", file, line, mask);
    race_release_warp(current / warpSize);
    threads[current].mask = mask;
    wait_as(AT_WARP, file, line);
    race_acquire_warp(current / warpSize);
}

uint32_t shuffle(unsigned mask, uint32_t value, int lane, const char *file, int line)
{
    check_in_kernel("a shuffle", file, line);
    cuda_thread &me = threads[current];
    if (!(mask >> current % warpSize & 1))
        fail("%s:%d: a thread that isn't in the mask %08x shuffles with it", file, line, mask);
    unsigned turn = me.shuffles++ & 1, from = current / warpSize * warpSize + (unsigned)lane;
    me.given[turn] = value;
    me.mask = mask;
    wait_as(AT_WARP, file, line);
    if (from >= threads.size() || !(mask >> lane & 1))
        fail("%s:%d: a shuffle reads lane %d, which gives nothing (mask %08x, %zu threads)", file, line, lane, mask,
             threads.size());
    return threads[from].given[turn];
}

/* Resumes the threads of a warp that wait for each other if all have arrived. */
static bool release_warp(unsigned first)
{
    bool any = false;
    for (unsigned t = first; t < first + warpSize && t < threads.size(); ++t) {
        cuda_thread &a = threads[t];
        if (a.state != AT_WARP) continue;
        bool all = true;
        for (unsigned u = first; u < first + warpSize && u < threads.size(); ++u) {
            cuda_thread &b = threads[u];
            if (!(a.mask >> u % warpSize & 1)) continue;
            if (b.state == DONE) wrong("a warp that isn't complete", a, b);
            if (b.state != AT_WARP)
                all = false;
            else if (b.line != a.line || b.mask != a.mask || strcmp(b.file, a.file))
                wrong("a divergent warp", a, b);
        }
        if (!all) continue;
        for (unsigned u = first; u < first + warpSize && u < threads.size(); ++u)
            if (a.mask >> u % warpSize & 1) threads[u].state = READY;
        any = true;
    }
    return any;
}

/* Whether there is a thread to run; resumes those whose barrier is complete. */
static bool release()
{
    bool any = false;
    for (unsigned w = 0; w < threads.size(); w += warpSize) any |= release_warp(w);
    if (any) return true;
    const cuda_thread *waits = nullptr;
    for (const cuda_thread &t : threads)
        if (t.state == AT_BARRIER) waits = &t;
    for (const cuda_thread &t : threads) {
        if (t.state == AT_WARP) wrong("a warp that isn't complete", t, waits ? *waits : t);
        if (waits && (t.state == DONE || t.line != waits->line || strcmp(t.file, waits->file)))
            wrong("a divergent barrier", *waits, t);
    }
    if (waits)
        for (cuda_thread &t : threads) t.state = READY;
    return waits;
}

static void run_block()
{
    forget_copies(threads.size());
    for (cuda_thread &t : threads) t.state = FRESH;
    shuffle_order(order);
    started = 0;
    own_stack = &host;
    next_thread(false);
    while (release()) {
        shuffle_order(order);
        for (unsigned t : order)
            if (threads[t].state == READY) {
                become(t);
                go_to(threads[t].stack);
            }
    }
}

static void prepare_threads(dim3 block)
{
    threads.assign(size_of(block), cuda_thread());
    order.resize(threads.size());
    for (unsigned t = 0; t < threads.size(); ++t) {
        threads[t].index = {t % block.x, t / block.x % block.y, t / block.x / block.y};
        order[t] = t;
    }
    first_order(order);
}

/* Called with the device's memory open. */
static void run_grid(const launch_request &request, const std::function<void()> &thread)
{
    if (running) fail("kernel %s is launched from a kernel", request.site.kernel);
    running = &request;
    body = &thread;
    gridDim = request.grid;
    blockDim = request.block;
    host = fiber();
    prepare_threads(request.block);
    std::vector<unsigned> blocks(size_of(request.grid));
    for (unsigned b = 0; b < blocks.size(); ++b) blocks[b] = b;
    first_order(blocks);
    shuffle_order(blocks);
    race_make_stacks((unsigned)threads.size(), work);
    race_launch_begins();
    for (unsigned b : blocks) {
        blockIdx = {b % gridDim.x, b / gridDim.x % gridDim.y, b / gridDim.x / gridDim.y};
        race_block_begins();
        next_shared_memory(request.shared);
        run_block();
    }
    race_launch_ends();
    running = nullptr;
}

static std::string user_of(const launch_site &s)
{
    return std::string("kernel ") + s.kernel + " (" + s.file + ":" + std::to_string(s.line) + ")";
}

static bool legal(const launch_request &r)
{
    dim3 g = r.grid, b = r.block;
    return g.x && g.y && g.z && b.x && b.y && b.z && g.x <= 0x7fffffff && g.y <= 65535 && g.z <= 65535 && b.x <= 1024 &&
           b.y <= 1024 && b.z <= 64 && b.x * b.y * b.z <= 1024 && may_have_shared(r.kernel, r.shared);
}

static void check_arguments(int device, const launch_request &r, std::initializer_list<argument> arguments)
{
    int n = 0;
    for (const argument &a : arguments) {
        std::string user = user_of(r.site) + ", argument " + std::to_string(n++);
        if (a.is_pointer && a.address) check_device_pointer(device, a.address, 0, user.c_str());
        // What looks like a pointer into device memory in a struct must be valid too.
        for (size_t at = 0; !a.is_pointer && at + sizeof(void *) <= a.size; at += sizeof(void *)) {
            void *p;
            memcpy(&p, (const char *)a.address + at, sizeof p);
            if (find_allocation(p)) check_device_pointer(device, p, 0, user.c_str());
        }
    }
}

void run_launch(const launch_request &request, std::initializer_list<argument> arguments, thread_body body_of_thread)
{
    std::shared_ptr<void> values(body_of_thread.values, body_of_thread.remove);
    auto thread = [values, run = body_of_thread.run] { run(values.get()); };
    int device = stream_device(request.stream);
    call in(device);
    if (!legal(request)) {
        note(cudaErrorInvalidConfiguration);
        return;
    }
    if (const char *broken = getenv("CUEMU_LAUNCH")) {
        note((cudaError_t)atoi(broken));
        return;
    }
    check_arguments(device, request, arguments);
    note(submit(request.stream, {CUEMU_KERNEL, request.site.kernel, 0}, [request, thread] {
        run_grid(request, thread);
        check_canaries(user_of(request.site).c_str());
    }));
}

} // namespace cuemu
