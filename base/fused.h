/*
fused.h - x * y + z rounded once, the same bits on every machine: by an instruction if there is one, else in
software.

What the sampler computes is defined by such multiply-adds in a stated order (docs/dev/exactness.md), so no
compiler may fuse a product and a sum, or split one of these: our objects are compiled with -ffp-contract=off.
*/
#pragma once
#include <stdint.h>
#include <string.h>

/* Also for kernels of a device. */
#ifdef __CUDACC__
#define EVERYWHERE __host__ __device__
#else
#define EVERYWHERE
#endif

#if defined __FLT_EVAL_METHOD__ && (__FLT_EVAL_METHOD__ == 1 || __FLT_EVAL_METHOD__ == 2)
#error "this target computes floats with more digits than they have; on 32-bit x86 compile with -msse2 -mfpmath=sse"
#endif

/* Whether the compilation target has the instruction. */
#if defined __CUDA_ARCH__ || defined __FP_FAST_FMAF || defined __FMA__ || defined __aarch64__
#define HAS_FMA 1
#else
#define HAS_FMA 0
#endif

/* The product is exact in double. The sum is rounded to odd, that is toward its neighbour whose last bit is 1
   unless it is exact, which tells the rounding to float on which side of a tie it is (Boldo and Melquiond
   2008). No library's fmaf: some round twice. */
static inline float fused_in_software(float x, float y, float z)
{
    double xy = (double)x * y, sum = xy + z, back = sum - xy;
    double error = (xy - (sum - back)) + (z - back); // exact (Knuth); NaN where the sum is infinite
    int64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    if ((error < 0 || error > 0) && !(bits & 1)) bits += (error < 0) == (sum < 0) ? 1 : -1;
    memcpy(&sum, &bits, sizeof sum);
    return (float)sum;
}

/* has_fma: a constant, HAS_FMA unless a function is compiled for several instruction sets (vectorised.h). */
EVERYWHERE static inline float fused(int has_fma, float x, float y, float z)
{
#ifdef __CUDA_ARCH__
    (void)has_fma;
    return __fmaf_rn(x, y, z);
#else
    return has_fma ? __builtin_fmaf(x, y, z) : fused_in_software(x, y, z);
#endif
}

/* x * y + z rounded twice, the product and the sum. */
EVERYWHERE static inline float times_plus(float x, float y, float z)
{
#ifdef __CUDA_ARCH__
    return __fadd_rn(__fmul_rn(x, y), z);
#else
    return x * y + z;
#endif
}
