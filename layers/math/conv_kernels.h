/* conv_kernels.h - what convolutions and 1x1 maps need on the device besides products. Launchers of
   conv_kernels.cu. */
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A kernel (kh,kw) over images (c,h,w): tap (i,j) at (r,s) reads row r - top + i*d, column s - left + j*d;
   outside is zero. */
typedef struct {
    int c, h, w, kh, kw, d, top, left;
} taps_gpu;

/* n images x (n,c,h,w) to columns (n, c*kh*kw, h*w), OVERWRITTEN: what each tap reads. */
void gather_taps_gpu(taps_gpu t, int n, const float *x, float *columns);
/* x (n,c,h,w) = the sum over all taps that read each value; += if add. */
void scatter_taps_gpu(taps_gpu t, int n, const float *columns, int add, float *x);

/* dw (size) += the sum over n images of parts (n,size), in their order; unchanged where allowed is 0 (NULL:
   all are allowed). */
void add_images_gpu(int n, size_t size, const float *parts, const unsigned char *allowed, float *dw);

#ifdef __cplusplus
}
#endif
