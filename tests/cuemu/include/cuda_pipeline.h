/*
cuda_pipeline.h - of the emulator: asynchronous copies to shared memory, in the functions of the toolkit's
header of that name. A copy is made as late as it may be, when its thread waits for it.
*/
#pragma once
#include <stddef.h>

namespace cuemu {
void copy_async(void *to, const void *from, size_t bytes, const char *file, int line);
void commit_copies(const char *file, int line);
void wait_copies(size_t prior, const char *file, int line);
} // namespace cuemu

#define __pipeline_memcpy_async(to, from, bytes) cuemu::copy_async(to, from, bytes, __FILE__, __LINE__)
#define __pipeline_commit() cuemu::commit_copies(__FILE__, __LINE__)
#define __pipeline_wait_prior(n) cuemu::wait_copies(n, __FILE__, __LINE__)
