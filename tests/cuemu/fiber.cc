/*
fiber.cc - switches stacks: by hand on x86-64, where a barrier then costs nanoseconds, with ucontext elsewhere.
*/
#include <stdint.h>
#include <sys/mman.h>
#include "emu.h"
#include "fiber.h"
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

#if defined(CUEMU_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(CUEMU_TSAN)
extern "C" {
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
}
#endif

namespace cuemu {

static const size_t STACK_BYTES = 256 << 10;
static fiber *coming_from;
static void (*entry_of_new)();

/* Runs on the new stack after each switch; there AddressSanitizer reports where the program's own stack is. */
static void arrived([[maybe_unused]] void *asan_stack)
{
#if defined(CUEMU_ASAN)
    const void *bottom;
    size_t size;
    __sanitizer_finish_switch_fiber(asan_stack, &bottom, &size);
    if (!coming_from->stack) coming_from->stack = (char *)bottom, coming_from->stack_bytes = size;
#endif
}

static void first_entry()
{
    arrived(nullptr);
    entry_of_new();
    fail("a fiber returned");
}

#if defined(__x86_64__)
extern "C" void cuemu_switch_stack(void **save, void *to);
__asm__(".text\n.globl cuemu_switch_stack\n.type cuemu_switch_stack,@function\n"
        "cuemu_switch_stack:\n"
        "  pushq %rbp\n  pushq %rbx\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
        "  movq %rsp, (%rdi)\n  movq %rsi, %rsp\n"
        "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbx\n  popq %rbp\n"
        "  ret\n.size cuemu_switch_stack, .-cuemu_switch_stack\n");

static void prepare(fiber *f)
{
    void **top = (void **)(f->stack + f->stack_bytes);
    *--top = nullptr; // the return address of first_entry, which has none; it also aligns the stack
    *--top = (void *)first_entry;
    for (int i = 0; i < 6; ++i) *--top = nullptr;
    f->stack_pointer = top;
}
#else
static void cuemu_switch_stack(void **save, void *to)
{
    ucontext_t here;
    *save = &here;
    swapcontext(&here, (ucontext_t *)to);
}

static void prepare(fiber *f)
{
    ucontext_t *c = new ucontext_t;
    getcontext(c);
    c->uc_stack.ss_sp = f->stack;
    c->uc_stack.ss_size = f->stack_bytes;
    c->uc_link = nullptr;
    makecontext(c, first_entry, 0);
    f->stack_pointer = c;
}
#endif

void make_fiber(fiber *f, void (*entry)())
{
    size_t guard = 4096;
    char *stack = (char *)mmap(nullptr, guard + STACK_BYTES, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) fail("no memory for the stack of a thread");
    mprotect(stack, guard, PROT_NONE);
    f->stack = stack + guard;
    f->stack_bytes = STACK_BYTES;
    entry_of_new = entry;
    prepare(f);
#if defined(CUEMU_TSAN)
    f->tsan_fiber = __tsan_create_fiber(0);
#endif
}

void switch_fiber(fiber *from, fiber *to)
{
    coming_from = from;
#if defined(CUEMU_ASAN)
    __sanitizer_start_switch_fiber(&from->asan_stack, to->stack, to->stack_bytes);
#elif defined(CUEMU_TSAN)
    if (!from->tsan_fiber) from->tsan_fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to->tsan_fiber, 1); // 1: the switch orders nothing
#endif
    cuemu_switch_stack(&from->stack_pointer, to->stack_pointer);
    arrived(from->asan_stack);
}

} // namespace cuemu
