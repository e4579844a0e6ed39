/*
gate.h - the gated activation and what goes with it, vectorised.

    y = tanh(z1 + label1) . sigmoid(z2 + label2)      van den Oord et al. 2016, equation 2

z1 and z2 are the first and last F of 2F channels. The label term is kept apart from z because the
horizontal stack's link reads the vertical z without it.
*/
#ifndef GATE_H
#define GATE_H
#include <stddef.h>

/* The label's contribution to the 2F channels of one image: one float a channel, or (spatial labels)
   one a channel and pixel. v NULL: none. */
typedef struct {
    const float *v;
    int spatial;
} label_term;

/* y (f,pixels) = tanh(z1 + label1) . sigmoid(z2 + label2), OVERWRITTEN, from z (2f,pixels). */
void gate_forward(int f, int pixels, label_term label, const float *z, float *y);

/* z (2f,pixels) is OVERWRITTEN by the gradient of z, given dy (f,pixels), the gradient of y. */
void gate_backward(int f, int pixels, label_term label, float *z, const float *dy);

/* x (rows,pixels) += bias (rows), the same at every pixel. */
void row_bias(int rows, int pixels, const float *bias, float *x);

/* sum (rows) = sums of the rows of x (rows,pixels), OVERWRITTEN. */
void row_sums(int rows, int pixels, const float *x, float *sum);

/* Channels last, the same bits for any n: y_j (f) = tanh(z1_j + l1_j) . sigmoid(z2_j + l2_j), OVERWRITTEN, for n items;
   f a multiple of PANEL_LANES; z_j and l_j are two halves of f floats each. Steps in floats from item to item. */
typedef struct {
    int n, f;
    const float *z, *label;
    float *y;
    size_t z_step, label_step, y_step;
} gate_items;
void gate_apply(const gate_items *t);

/* y[i] = e^x[i] for n floats, n a multiple of PANEL_LANES. */
void exp_apply(int n, const float *x, float *y);

/* y += x, n floats. */
void add_into(int n, const float *x, float *y);

/* One image's softmax over levels: p (levels,pixels), OVERWRITTEN, from logits of the same shape;
   log_sum (pixels) = log sum exp(logits). */
void softmax_forward(int levels, int pixels, const float *logits, float *p, float *log_sum);

#endif
