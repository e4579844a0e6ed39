/*
machine.h - the CPU's vector instructions.
*/
#pragma once

/* The widest vector instructions that the CPU has and the program uses: "AVX-512", "AVX2", "SSE", or
   "unknown". */
const char *vector_units(void);

/* Whether the CPU has x86-64-v4, and v3. clang (14) does not know these levels, only their features. */
#if defined __x86_64__ && defined __clang__
#define CPU_HAS(x) __builtin_cpu_supports(x)
static inline int cpu_has_avx2(void) { return CPU_HAS("avx2") && CPU_HAS("fma") && CPU_HAS("bmi") && CPU_HAS("bmi2"); }

static inline int cpu_has_avx512(void)
{
    return cpu_has_avx2() && CPU_HAS("avx512f") && CPU_HAS("avx512bw") && CPU_HAS("avx512cd") && CPU_HAS("avx512dq") &&
           CPU_HAS("avx512vl");
}
#elif defined __x86_64__
static inline int cpu_has_avx2(void) { return __builtin_cpu_supports("x86-64-v3"); }
static inline int cpu_has_avx512(void) { return __builtin_cpu_supports("x86-64-v4"); }
#endif
