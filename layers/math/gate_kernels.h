/*
gate_kernels.h - the gate on the device, one kernel each way. Launchers of gate_kernels.cu.

    s = z + bias + link + label        y = tanh(s1) . sigmoid(s2)

z (B,2F,plane) is the output of a convolution: rows of `row` floats; the image is the first w floats of the first h rows
(conv_gpu.h). So crop, the link's shift by one row, bias and label cost no pass of their own.
*/
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int batch, f, h, w; // z has 2f channels
    int row, spatial;   // row: floats of a row of z
    size_t plane;       // floats of a channel of z
    float *z;
    const float *bias;  // (2F)
    const float *above; // (B,2F,H,W): row r-1 of it is added to row r, nothing to row 0; NULL: none
    const float *label; // (B,2F), or (B,2F,H,W) if spatial; NULL: none
} gate_gpu;

/* Forward. y (B,F,H,W) is OVERWRITTEN; NULL: not needed. z keeps its convolution's output, or z + bias + above (KEEP_SUM), or
   that and the label (KEEP_ALL). */
enum { KEEP_NOTHING, KEEP_SUM, KEEP_ALL };
void gate_forward_gpu(const gate_gpu *t, int keep, float *y);

/* Backward. z holds s, except for the label if one is given; dy (B,F,H,W), NULL: zero.
       dz (as z, and may be z)    = the gradient of s, += if add; zero outside the image
       sums (B,2F)                = sums of dz over the pixels
       own (B,2F,H,W)             = the gate's part of dz, without what it was added to; NULL: not needed
       own_sums (B,2F)            = its sums; NULL: not needed
   All OVERWRITTEN, except dz if add. */
typedef struct {
    const float *dy;
    float *dz;
    long add;
    float *sums, *own, *own_sums;
} gate_gradient_gpu;
void gate_backward_gpu(const gate_gpu *t, const gate_gradient_gpu *g);

#ifdef __cplusplus
}
#endif
