/* What base/available_memory.c asks of sys/resource.h, which wasi-libc lacks: here no limit is set. */
#pragma once
enum { RLIMIT_AS };
#define RLIM_INFINITY (~0ul)
struct rlimit {
    unsigned long rlim_cur;
};
static inline int getrlimit(int what, struct rlimit *limit)
{
    (void)what;
    limit->rlim_cur = RLIM_INFINITY;
    return 0;
}
