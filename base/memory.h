/*
memory.h - allocation that exits with one line on stderr and status 1 when out of memory.
*/
#pragma once
#include <stddef.h>

void *checked_calloc(size_t n, size_t size); // zeroed
void *checked_malloc(size_t bytes);          // not zeroed
void *checked_realloc(void *p, size_t bytes);
float *aligned_floats(size_t n); // zeroed, on a 64-byte boundary
