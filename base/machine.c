#include "base/machine.h"

const char *vector_units(void)
{
#if defined __x86_64__
    return cpu_has_avx512() ? "AVX-512" : cpu_has_avx2() ? "AVX2" : "SSE";
#else
    return "unknown";
#endif
}
