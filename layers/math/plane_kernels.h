/*
plane_kernels.h - passes over features (B,C,H,W) on the device other than products. Launchers of plane_kernels.cu.
*/
#pragma once
#include <stddef.h>
#include "darknet.h"

#ifdef __cplusplus
extern "C" {
#endif

/* y (B,C,pixels) = x + bias, bias (C) the same at every pixel. x may be y, or NULL: y = bias. */
void set_bias_gpu(int batch, int channels, int pixels, const float *bias, const float *x, float *y);

/* y (B,C,pixels) = activation(y + bias), in place. */
void activate_bias_gpu(int batch, int channels, int pixels, const float *bias, ACTIVATION a, float *y);

/* delta (B,C,pixels) *= the activation's derivative, given its output y; sums (B,C) = sums of delta over the pixels,
   OVERWRITTEN. */
void gradient_bias_gpu(int batch, int channels, int pixels, const float *y, ACTIVATION a, float *delta, float *sums);

/* sums (B,C) = the sums of dy (B,C,pixels), OVERWRITTEN; and dx += dy unless dx is NULL. */
void sum_planes_gpu(int batch, int channels, int pixels, const float *dy, float *dx, float *sums);

/* update (C) += the sum of sums (B,C) over the batch, in order. */
void add_batch_gpu(int batch, int channels, const float *sums, float *update);

/* y += x, n floats. */
void add_into_gpu(size_t n, const float *x, float *y);

/* to = from, += if add, for `rows` rows of n floats; the steps are from one row to the next. */
void copy_rows_gpu(int rows, int n, const float *from, size_t from_step, int add, float *to, size_t to_step);

#ifdef __cplusplus
}
#endif
