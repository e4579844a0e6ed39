/*
gate.h - the gated activation and what goes with it, vectorised.

    y = tanh(z1 + label1) . sigmoid(z2 + label2)      van den Oord et al. 2016, equation 2

z1 and z2 are the halves of 2F channels. The label term is kept apart from z because the horizontal stack's
link reads the vertical z without it.
*/
#pragma once
#include <stddef.h>
#include "darknet.h"

/* n pixels (or images), channels last: z_j and l_j are two halves of f floats each, y_j one; f a multiple of 16. Steps in
   floats from one to the next. The same bits for any n. */
typedef struct {
    int n, f;
    const float *z, *label;
    float *y;
    size_t z_step, label_step, y_step;
} gate_items;

/* y_j = tanh(z1_j + l1_j) . sigmoid(z2_j + l2_j), OVERWRITTEN. */
void gate_forward(const gate_items *t);

/* Given dy in place of y: dz (steps of dz_step) OVERWRITTEN by the gradient of z, which may be z itself, and its sums over
   the pixels ADDED to sums (2f). */
void gate_backward(const gate_items *t, float *dz, size_t dz_step, float *sums);

/* y[i] = e^x[i] for n floats, n a multiple of PANEL_LANES. */
void exp_apply(int n, const float *x, float *y);

/* y += x, y += a x, and the sum of x y, n floats. */
void add_into(int n, const float *x, float *y);
void add_times(int n, float a, const float *x, float *y);
float dot(int n, const float *x, const float *y);

/* planes (rows,pixels): x += bias (rows), the same at every pixel; sums (rows) += the sums of the rows of x. */
void add_bias_planes(int rows, int pixels, const float *bias, float *x);
void add_plane_sums(int rows, int pixels, const float *x, float *sums);

/* n floats through an activation of Darknet's, in place; and delta times its derivative, given what came out. relu and
   linear, the usual ones, are vectorised. */
void activate_planes(float *x, int n, ACTIVATION a);
void gradient_of_planes(const float *y, int n, ACTIVATION a, float *delta);

/* One image's softmax over levels (at most 256): p (levels,pixels), OVERWRITTEN, from logits of the same shape. Returns the
   nats of the true levels, truth (pixels); 0 where that is NULL. NaN where a logit is NaN or infinite. */
double softmax_forward(int levels, int pixels, const float *logits, const float *truth, float *p);
