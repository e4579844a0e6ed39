/*
gate_kernels.h - the gate on the device, one kernel each way. Launchers of gate_kernels.cu.

    s = z + bias + link + label        y = tanh(s1) . sigmoid(s2)

z (B,2F,plane) is the output of a convolution: rows of `row` floats; the image is the first w floats of the
first h rows (conv_gpu.h). So crop, the link's shift by one row, bias and label cost no pass of their own, nor
do bias and residual of the map that follows. Features lie as those of our layers (planes_gpu.h).
*/
#pragma once
#include "layers/math/planes_gpu.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int batch, f, h, w; // z has 2f channels
    int row, spatial;   // row: floats of a row of z
    int plane;          // floats of a channel of an image of z
    plane_steps y_step; // of y and dy, which may be some channels of an array of more
    float *z;
    const float *bias;  // (2F)
    const float *above; // (B,2F,H,W): row r-1 of it is added to row r, nothing to row 0; NULL: none
    const float *label; // (B,2F), or (B,2F,H,W) if spatial; NULL: none
} gate_gpu;

/* Forward. OVERWRITES y (B,F,H,W); NULL: not needed. z keeps its
   convolution's output, or z + bias + above (KEEP_SUM), or that and the label (KEEP_ALL). For the map of y
   that follows a horizontal gate, its output starts as next (B,F,H,W) = next_bias + next_x; next_x NULL:
   next_bias. NULL: there is none. */
enum { KEEP_NOTHING, KEEP_SUM, KEEP_ALL };
typedef struct {
    float *y, *next;
    const float *next_bias, *next_x;
    long keep;
} gate_result_gpu;
void gate_forward_gpu(const gate_gpu *t, const gate_result_gpu *r);

/* Backward. z holds s, except for the label if one is given; dy (B,F,H,W), NULL: zero.
       dz (as z, and may be z)    = the gradient of s, += if add; zero outside the image
       sums (B,2F)                = sums of dz over the pixels
       own (B,2F,H,W)             = the gate's part of dz, without what it was added to; NULL: not needed
       up (B,2F,H,W)              = that of the row below, in the last row zero: the gradient of what the link read
                                    as `above`; NULL: not needed
       own_sums (B,2F)            = its sums; NULL: not needed
       next_sums (B,F)            = the sums of dnext (B,F,H,W), the gradient of next; NULL: there is none
   All OVERWRITTEN, except dz if add. dx += dnext; NULL: not wanted. */
typedef struct {
    const float *dy;
    float *dz;
    long add;
    float *sums, *own, *own_sums, *up;
    const float *dnext;
    float *dx, *next_sums;
} gate_gradient_gpu;
void gate_backward_gpu(const gate_gpu *t, const gate_gradient_gpu *g);

#ifdef __cplusplus
}
#endif
