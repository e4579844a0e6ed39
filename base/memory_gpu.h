/*
memory_gpu.h - memory of the device in use. What fails ends in one line on stderr and exit status 1.
*/
#pragma once
#include <stddef.h>
#include "base/device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* n floats or bytes, zero. Free with free_gpu. */
float *floats_gpu(size_t n);
void *bytes_gpu(size_t n);

/* n floats = 0, after what was launched before. */
void zero_gpu(float *x, size_t n);

/* Copies of n floats or bytes, finished on return. */
void push_gpu(float *device, const float *host, size_t n);
void pull_gpu(const float *device, float *host, size_t n);
void push_bytes_gpu(void *device, const void *host, size_t n);
void pull_bytes_gpu(const void *device, void *host, size_t n);

/* push_gpu or pull_gpu, for functions that go through arrays in either direction. */
typedef enum { PUSH_GPU, PULL_GPU } direction_gpu;
void transfer_gpu(direction_gpu way, float *device, float *host, size_t n);

/* The next n floats of a workspace, which is advanced past them to a 256-byte boundary. */
float *take_gpu(float **workspace, size_t n);
static inline size_t aligned_gpu(size_t n) { return (n + 63) / 64 * 64; }

#ifdef __cplusplus
}
#endif
