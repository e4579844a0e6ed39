/*
fiber.h - threads of a block as coroutines on stacks of their own.
*/
#pragma once
#include <stddef.h>

namespace cuemu {

struct fiber {
    void *stack_pointer = nullptr; // while it is not running
    char *stack = nullptr;         // lowest address; nullptr: the program's own
    size_t stack_bytes = 0;
    void *asan_stack = nullptr, *tsan_fiber = nullptr;
};

/* A fiber that starts in entry(), which must never return. */
void make_fiber(fiber *f, void (*entry)());
/* Continues in `to`; returns at a switch back to `from`. */
void switch_fiber(fiber *from, fiber *to);

} // namespace cuemu
