/*
gate_kernels.h - the gate on the device, one kernel each way. Launchers of gate_kernels.cu.

    s = z + bias + link + label        y = tanh(s1) . sigmoid(s2)

z (B,2F,plane) is what a convolution left: rows of `row` floats, of which the first w, and of which the first h, are the
image's (conv_gpu.h). So the crop, the link's shift by one row, bias and label cost no pass of their own.
*/
#ifndef GATE_KERNELS_H
#define GATE_KERNELS_H
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
    const float *above; // (B,2F,H,W): at row r its row r-1 is added, at row 0 nothing; NULL: none
    const float *label; // (B,2F), or (B,2F,H,W) where spatial; NULL: none
} gate_gpu;

/* Forward. y (B,F,H,W) is OVERWRITTEN; NULL: not wanted. In z is left, where keep: z + bias + above; KEEP_ALL: and the
   label. */
enum { KEEP_NOTHING, KEEP_SUM, KEEP_ALL };
void gate_forward_gpu(const gate_gpu *t, int keep, float *y);

/* Backward. z holds s, to which label is still to be added where given; dy (B,F,H,W), NULL: zero.
       dz (as z, which it may be) = the gradient of s, or += it where add; all of it, zero outside of the image
       sums (B,2F)                = dz's sums over the pixels
       own (B,2F,H,W)             = the gate's part of dz, without what it was added to; NULL: not wanted
       own_sums (B,2F)            = its sums; NULL: not wanted
   All but an added dz OVERWRITTEN. */
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
#endif
