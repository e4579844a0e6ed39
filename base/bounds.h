/* bounds.h - the smaller and the larger of two numbers, and a quotient that is rounded up. */
#pragma once
#include <stddef.h>

static inline int smaller(int a, int b) { return a < b ? a : b; }
static inline int divide_up(int n, int by) { return (n + by - 1) / by; }
static inline size_t larger_size(size_t a, size_t b) { return a > b ? a : b; }
