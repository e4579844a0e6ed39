/*
curand.h - of the emulator: what Darknet's dropout and crop layers call. The numbers are rand()'s.
*/
#pragma once
#include "cuda_runtime.h"

typedef enum { CURAND_STATUS_SUCCESS = 0 } curandStatus_t;
typedef enum { CURAND_RNG_PSEUDO_DEFAULT = 100 } curandRngType_t;
typedef struct cuemu_curand *curandGenerator_t;

#ifdef __cplusplus
extern "C" {
#endif
curandStatus_t curandCreateGenerator(curandGenerator_t *generator, curandRngType_t type);
curandStatus_t curandSetPseudoRandomGeneratorSeed(curandGenerator_t generator, unsigned long long seed);
curandStatus_t curandGenerateUniform(curandGenerator_t generator, float *out, size_t n);
curandStatus_t curandDestroyGenerator(curandGenerator_t generator);
#ifdef __cplusplus
}
#endif
