/*
chain.h - sums in plain C in the orders that layers/math states, to compare bits with.
*/
#pragma once

/* x y + sum, rounded once, by the C library. */
float chain_step(float x, float y, float sum);
/* The sum of n numbers as in layers/math/vector_ops.h. */
float sum_of_16(int n, const float *x);
