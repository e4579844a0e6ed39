#include "base/machine.h"

const char *vector_units(void)
{
#if defined __x86_64__
    return __builtin_cpu_supports("avx512f") ? "AVX-512" : __builtin_cpu_supports("avx2") ? "AVX2" : "SSE";
#else
    return "unknown";
#endif
}
