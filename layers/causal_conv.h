/*
causal_conv.h - the one convolution of the vertical stack, the horizontal stack, the link and the 1x1s.

Kernels are as large as what they may see and no larger: nothing is multiplied by a masked zero.
Tap (i,j) of a kernel at output (r,c) reads input row r - top + i*d, column c - left + j*d; outside is zero.

    vertical      kh = n/2+1  kw = n       top = d*(n/2)  left = d*(n/2)
    horizontal b  kh = 1      kw = n/2+1   top = 0        left = d*(n/2)
    horizontal a  kh = 1      kw = n/2     top = 0        left = d*(n/2)     (grey)
    link          kh = 1      kw = 1       top = 1        left = 0           (shift down by one row)
    1x1           kh = 1      kw = 1       top = 0        left = 0
*/
#ifndef CAUSAL_CONV_H
#define CAUSAL_CONV_H
#include <stddef.h>

typedef struct {
    int cin, cout;
    int h, w;      // of the image; output and input are the same size
    int kh, kw, d; // kernel, dilation
    int top, left;
} causal_conv;

/* Floats of a weight array (cout, cin, kh, kw). */
size_t conv_weights(const causal_conv *k);
/* Floats of scratch that a call below needs. */
size_t conv_scratch(const causal_conv *k);

/* One image: x (cin,h,w), y (cout,h,w), weights (cout,cin,kh,kw).
   forward           y = beta*y + w * x, beta 0 or 1
   backward_data     dx += w^T * dy
   backward_weights  dw += dy * x^T */
void conv_forward(const causal_conv *k, float *weights, float *x, float beta, float *y, float *scratch);
void conv_backward_data(const causal_conv *k, float *weights, float *dy, float *dx, float *scratch);
void conv_backward_weights(const causal_conv *k, float *x, float *dy, float *dw, float *scratch);

#endif
