/*
random.h - counter-based random numbers: a number depends on its address alone, not on earlier draws.

Philox 4x32-10 (Salmon et al. 2011) from the Random123 library. An address is (seed, stream, index, position):
the purpose, the image, array or epoch, and the number within it.
*/
#pragma once
// Philox needs no intrinsics, whose headers take half a second of each compilation.
#define R123_USE_SSE 0
#define R123_USE_X86INTRIN_H 0
#include <Random123/philox.h>
#include <stdint.h>
#include "base/fused.h"

typedef enum {
    STREAM_INIT,
    STREAM_SHUFFLE,
    STREAM_LABEL_DROPOUT,
    STREAM_SAMPLE,
    STREAM_DISTORT,
    STREAM_RATE,
    STREAM_BINARISE,
    STREAM_BINARISE_EVALUATED
} random_stream;

EVERYWHERE static inline philox4x32_ctr_t random_block(uint64_t seed, random_stream s, uint64_t index,
                                                       uint32_t position)
{
    philox4x32_ctr_t at = {{(uint32_t)index, (uint32_t)(index >> 32), position, (uint32_t)s}};
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    return philox4x32(at, key);
}

EVERYWHERE static inline uint64_t random_bits(uint64_t seed, random_stream s, uint64_t index, uint32_t position)
{
    philox4x32_ctr_t r = random_block(seed, s, index, position);
    return (uint64_t)r.v[0] << 32 | r.v[1];
}

/* Uniform in [0,1), 53 bits. */
EVERYWHERE static inline double random_unit(uint64_t seed, random_stream s, uint64_t index, uint32_t position)
{
    return (random_bits(seed, s, index, position) >> 11) * 0x1p-53;
}
