/*
bounds.h - the smaller and the larger of two numbers.
*/
#pragma once
#include <stddef.h>

static inline int smaller(int a, int b) { return a < b ? a : b; }
static inline size_t larger_size(size_t a, size_t b) { return a > b ? a : b; }
