/*
plane_kernels.h - passes over features (B,C,H,W) on the device that are no products. Launchers of plane_kernels.cu.
*/
#ifndef PLANE_KERNELS_H
#define PLANE_KERNELS_H
#include <stddef.h>
#include "darknet.h"

#ifdef __cplusplus
extern "C" {
#endif

/* y (B,C,pixels) = x + bias, bias (C) the same at every pixel. x may be y, or NULL: y = bias. */
void set_bias_gpu(int batch, int channels, int pixels, const float *bias, const float *x, float *y);

/* y (B,C,pixels) = activation(y + bias), in place. */
void activate_bias_gpu(int batch, int channels, int pixels, const float *bias, ACTIVATION a, float *y);

/* delta (B,C,pixels) *= the activation's derivative, given what came out, y; sums (B,C) = delta's sums over the pixels,
   OVERWRITTEN. */
void gradient_bias_gpu(int batch, int channels, int pixels, const float *y, ACTIVATION a, float *delta, float *sums);

/* sums (B,C) = the sums of dy (B,C,pixels), OVERWRITTEN; and dx += dy where dx is given. */
void sum_planes_gpu(int batch, int channels, int pixels, const float *dy, float *dx, float *sums);

/* update (C) += the sum of sums (B,C) over the batch, in its order. */
void add_batch_gpu(int batch, int channels, const float *sums, float *update);

/* y += x, n floats. */
void add_into_gpu(size_t n, const float *x, float *y);

/* rows rows of n floats: to = from, each so many floats behind the one before; += where add. */
void copy_rows_gpu(int rows, int n, const float *from, size_t from_step, int add, float *to, size_t to_step);

#ifdef __cplusplus
}
#endif
#endif
