/*
race.cc - see race.h.
*/
#include "race.h"
#if defined(CUEMU_TSAN)
#include <stdio.h>
#include <vector>

extern "C" {
void __tsan_acquire(void *address);
void __tsan_release(void *address);
void __tsan_set_fiber_name(void *fiber, const char *name);
}

namespace cuemu {

static unsigned parity, turn[RACE_BLOCKS]; // turn: odd and even blocks of a parity
static std::vector<fiber *> stacks[RACE_BLOCKS];
// Only their addresses count.
static char launch_start, launch_end, block_end[RACE_BLOCKS][2], barriers[RACE_BLOCKS], warps[RACE_BLOCKS][32];

unsigned race_parity() { return parity; }
fiber *race_stack(unsigned thread) { return stacks[parity][thread]; }

void race_make_stacks(unsigned threads, void (*entry)())
{
    char name[40];
    for (unsigned b = 0; b < RACE_BLOCKS; ++b)
        while (stacks[b].size() < threads) {
            fiber *f = new fiber;
            make_fiber(f, entry);
            snprintf(name, sizeof name, "thread %zu of block %s", stacks[b].size(), b ? "B" : "A");
            __tsan_set_fiber_name(f->tsan_fiber, name);
            stacks[b].push_back(f);
        }
}

void race_launch_begins() { __tsan_release(&launch_start); }
void race_launch_ends() { __tsan_acquire(&launch_end); }
void race_block_begins()
{
    parity = (parity + 1) % RACE_BLOCKS;
    turn[parity] ^= 1;
}

void race_thread_begins()
{
    __tsan_acquire(&launch_start);
    __tsan_acquire(&block_end[parity][!turn[parity]]);
}

void race_thread_ends()
{
    __tsan_release(&block_end[parity][turn[parity]]);
    __tsan_release(&launch_end);
}

void race_release_block() { __tsan_release(&barriers[parity]); }
void race_acquire_block() { __tsan_acquire(&barriers[parity]); }
void race_release_warp(unsigned warp) { __tsan_release(&warps[parity][warp]); }
void race_acquire_warp(unsigned warp) { __tsan_acquire(&warps[parity][warp]); }

} // namespace cuemu
#endif
