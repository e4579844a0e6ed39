/*
causal_conv.h - the convolution that the vertical stack, the horizontal stack, the link and the 1x1 maps
share.

Kernels are as large as what they may see and no larger: nothing is multiplied by a masked zero.
Tap (i,j) of a kernel at output (r,c) reads input row r - top + i*d, column c - left + j*d; outside is zero.

    vertical      kh = n/2+1  kw = n       top = d*(n/2)  left = d*(n/2)
    horizontal b  kh = 1      kw = n/2+1   top = 0        left = d*(n/2)
    horizontal a  kh = 1      kw = n/2     top = 0        left = d*(n/2)     (grey)
    link          kh = 1      kw = 1       top = 1        left = 0           (shift down by one row)
    1x1           kh = 1      kw = 1       top = 0        left = 0

Features lie channels last. A tap is an offset into the padded rows: nothing is gathered or scattered.
*/
#pragma once
#include "base/threads.h"
#include "layers/math/feature_map.h"
#include "layers/math/panel.h"

enum { MAX_KERNEL_ROWS = 128 }; // n/2+1 of size=255, the largest that a cfg may have

typedef struct causal_conv {
    int cin, cout;
    int h, w;      // of the image; output and input are the same size
    int kh, kw, d; // kernel, dilation
    int top, left;
    channel_layout in, out;  // how the channels of input and output lie at a pixel
    panel forward, backward; // the weights as both directions read them, see conv_take_weights
    float *zeros;            // as many as backward has outputs
} causal_conv;

/* How n channels in 1 or 2 halves lie at a pixel, padded to PANEL_LANES; halves=0: without padding. */
channel_layout channels_of(int n, int halves);

/* Sets in, out and the panels from the sizes; halves as in channels_of. Free with free_conv. */
void init_conv(causal_conv *k, int in_halves, int out_halves);
void free_conv(causal_conv *k);

size_t conv_weights(const causal_conv *k);  // floats of a weight array (cout, cin, kh, kw)
size_t conv_gradient(const causal_conv *k); // floats of its gradient, in the panel's order
/* Whether tap t reads a value of the image at any pixel; taps that reach further are left out. */
int conv_reads(const causal_conv *k, int t);
int conv_left(const causal_conv *k);  // columns that the other taps read to the left
int conv_right(const causal_conv *k); // and to the right

/* Before a pass: fills a portion of the panels from the array's current values; the backward panel only if a
   backward pass will follow. */
void conv_take_weights(causal_conv *k, const float *weights, int backward, portion p);
/* A portion of dw += g, g as backward_weights adds to it; allowed as in add_panel_gradient. */
void conv_give_gradient(const causal_conv *k, const float *g, const unsigned char *allowed, float *dw, portion p);

/* Image b of the batch x (B,h,w), with pixels laid out as in the input or in the output. */
features conv_input(const causal_conv *k, float *x, int b);
features conv_output(const causal_conv *k, float *x, int b);
/* The input with its margins, from planes (cin,h,w); memory as in open_features. */
features conv_open_input(const causal_conv *k, const float *planes, float **scratch);

/* One image. x has margins of conv_left and conv_right columns, dy of conv_right and conv_left ones.
   forward           y = init + w * x, init (out floats) the same at each pixel; NULL: y += w * x
   backward_data     dx += w^T * dy where add, else dx = w^T * dy; pixels of dx as long as a panel's outputs
   backward_weights  g += dy * x^T */
void conv_forward(const causal_conv *k, features x, const float *init, features y);
void conv_backward_data(const causal_conv *k, features dy, int add, features dx);
void conv_backward_weights(const causal_conv *k, features x, features dy, float *g);

/* dx, planes (cin,h,w), += w^T * dy through scratch: features of h * w pixels, a panel's outputs each. */
void conv_backward_planes(const causal_conv *k, features dy, float *dx, float *scratch);
