/* conv_kernels.h - what convolutions and 1x1 maps need on the device besides products. Launchers of
   conv_kernels.cu. */
#pragma once
#include <stddef.h>
#include "layers/math/planes_gpu.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A kernel (kh,kw) over images (c,h,w): tap (i,j) at (r,s) reads row r - top + i*d, column s - left + j*d;
   outside is zero. */
typedef struct {
    int c, h, w, kh, kw, d, top, left;
} taps_gpu;

/* From n images x of c channels to columns of c*kh*kw, OVERWRITTEN: what each tap reads. */
void gather_taps_gpu(taps_gpu t, int n, planes_gpu x, planes_gpu columns);
/* x = the sum over all taps that read each value; += if add. */
void scatter_taps_gpu(taps_gpu t, int n, planes_gpu columns, int add, planes_gpu x);

/* dw (size) += the sum over n images of parts (n,size), in their order; unchanged where allowed is 0 (NULL:
   all are allowed). */
void add_images_gpu(int n, size_t size, const float *parts, const unsigned char *allowed, float *dw);

#ifdef __cplusplus
}
#endif
