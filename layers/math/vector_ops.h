/* vector_ops.h - loops over n floats, vectorised: each element is computed in the same way in any lane, and
   products are added by fused multiply-adds. A sum of many numbers is 16 sums, each of every 16th number,
   which are then added in pairs: 0 and 8, 1 and 9, ... 7 and 15, of these 0 and 4, 1 and 5, 2 and 6, 3 and 7,
   then 0 and 2, 1 and 3, then those two. */
#pragma once

/* y += x, y += a x, and the sum of x y. */
void add_into(int n, const float *x, float *y);
void add_times(int n, float a, const float *x, float *y);
float dot(int n, const float *x, const float *y);

/* y = e^x, OVERWRITTEN; n a multiple of 16. */
void exp_apply(int n, const float *x, float *y);

/* planes (rows,pixels): x = bias (rows), the same at every pixel; sums (rows) += the sums of the rows of
   x. */
void set_bias_planes(int rows, int pixels, const float *bias, float *x);
void add_plane_sums(int rows, int pixels, const float *x, float *sums);
