/* plane_kernels.h - passes over features on the device other than products. Launchers of plane_kernels.cu. */
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Features of our layers (planes_gpu.h). */
typedef struct {
    int batch, channels, pixels;
} plane_shape;

/* y += bias, bias (C) the same at every pixel, then where rectify: y = max(y, 0). */
void add_plane_bias_gpu(plane_shape s, const float *bias, int rectify, float *y);

/* delta = 0 where y <= 0; sums (B,C) = delta's sums over the pixels, OVERWRITTEN. */
void rectify_backward_gpu(plane_shape s, const float *y, float *delta, float *sums);

/* sums (B,C) = the sums of dy, OVERWRITTEN. */
void sum_planes_gpu(plane_shape s, const float *dy, float *sums);

/* y += x, n floats. */
void add_into_gpu(size_t n, const float *x, float *y);

/* Rows of n floats, steps in floats from one to the next: to = from, and to += from. */
void copy_rows_gpu(int rows, int n, const float *from, size_t from_step, float *to, size_t to_step);
void add_rows_gpu(int rows, int n, const float *from, size_t from_step, float *to, size_t to_step);

#ifdef __cplusplus
}
#endif
