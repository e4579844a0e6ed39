/* memory_gpu.h - memory of the device in use. A failure ends in one line on stderr and exit status 1. */
#pragma once
#include <stddef.h>
#include "base/device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* n floats or bytes, zero. Free with free_gpu. */
float *floats_gpu(size_t n);
void *bytes_gpu(size_t n);

/* Sets n floats to zero, after everything launched before. */
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

/* One allocation for many arrays. While base is NULL, arena_floats counts and returns NULL; open_arena
   allocates what was counted, zero, and the same calls in the same order then return arrays. Free base with
   free_gpu. */
typedef struct {
    float *base;
    size_t floats; // taken so far
} arena_gpu;
float *arena_floats(arena_gpu *a, size_t n);
void open_arena(arena_gpu *a);

/* Bytes of the device's memory that are free. */
size_t free_memory_gpu(void);

#ifdef __cplusplus
}
#endif
