/*
memory.h - allocation that exits with one line on stderr and status 1 when out of memory.
*/
#pragma once
#include <stddef.h>

void *checked_calloc(size_t n, size_t size); // zeroed
void *checked_malloc(size_t bytes);          // not zeroed
void *checked_realloc(void *p, size_t bytes);
float *aligned_floats(size_t n); // zeroed, on a 64-byte boundary

/* The same, but takes memory only as it is written, where n is large: for what a net may never use, such as the features of
   a forward pass while it draws value by value. Free with free_lazy_floats, which accepts NULL. */
float *lazy_floats(size_t n);
void free_lazy_floats(float *x);
