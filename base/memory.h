/* memory.h - allocation that exits with one line on stderr and status 1 when out of memory. */
#pragma once
#include <stddef.h>

void *checked_calloc(size_t n, size_t size); // zeroed
void *checked_malloc(size_t bytes);          // not zeroed
void *checked_realloc(void *p, size_t bytes);
float *aligned_floats(size_t n); // zeroed, on a 64-byte boundary

/* The same, but a large array takes memory only where it has been written to: for buffers that may stay
   unused, such as the features of a forward pass in a net that only draws. Free with free_lazy_floats, which
   accepts NULL. */
float *lazy_floats(size_t n);
void free_lazy_floats(float *x);
