/*
race.h - calls of ThreadSanitizer (SANITIZE=thread); otherwise empty.

Each CUDA thread is a thread to it. Blocks run one after the other on two sets of these, in turn: neighbours in that order
count as concurrent, and the end of a block comes before the block after the next. So races between blocks are seen while
memory that one block leaves to another, as __shared__ and the stacks, isn't taken for one.
*/
#pragma once
#include "fiber.h"

namespace cuemu {

#if defined(CUEMU_TSAN)
const unsigned RACE_BLOCKS = 2;
unsigned race_parity();
/* The stack of this thread; nullptr: any. */
fiber *race_stack(unsigned thread);
void race_make_stacks(unsigned threads, void (*entry)());
void race_launch_begins();
void race_launch_ends();
void race_block_begins();
void race_thread_begins();
void race_thread_ends();
void race_release_block();
void race_acquire_block();
void race_release_warp(unsigned warp);
void race_acquire_warp(unsigned warp);
#else
const unsigned RACE_BLOCKS = 1;
inline unsigned race_parity() { return 0; }
inline fiber *race_stack(unsigned) { return nullptr; }
inline void race_make_stacks(unsigned, void (*)()) {}
inline void race_launch_begins() {}
inline void race_launch_ends() {}
inline void race_block_begins() {}
inline void race_thread_begins() {}
inline void race_thread_ends() {}
inline void race_release_block() {}
inline void race_acquire_block() {}
inline void race_release_warp(unsigned) {}
inline void race_acquire_warp(unsigned) {}
#endif

} // namespace cuemu
