/*
vector_ops.h - loops over n floats, vectorised: each element in the same way, in whatever lane it lies.
*/
#pragma once

/* y += x, y += a x, and the sum of x y. */
void add_into(int n, const float *x, float *y);
void add_times(int n, float a, const float *x, float *y);
float dot(int n, const float *x, const float *y);

/* y = e^x, OVERWRITTEN; n a multiple of 16. */
void exp_apply(int n, const float *x, float *y);

/* planes (rows,pixels): x += bias (rows), the same at every pixel; sums (rows) += the sums of the rows of x. */
void add_bias_planes(int rows, int pixels, const float *bias, float *x);
void add_plane_sums(int rows, int pixels, const float *x, float *sums);
