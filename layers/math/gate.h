/*
gate.h - the gated activation, vectorised.

    forward   y  = tanh(z1 + l1) . sigmoid(z2 + l2)                                 van den Oord et al. 2016, equation 2
    backward  dz1 = dy . sigmoid(z2 + l2) . (1 - tanh(z1 + l1)^2)
              dz2 = dy . tanh(z1 + l1) . sigmoid(z2 + l2) . (1 - sigmoid(z2 + l2))

z1 and z2 are the halves of 2F channels. The label's term l is kept separate from z because the horizontal
stack's link reads the vertical z without it.
*/
#pragma once
#include "layers/math/feature_map.h"

/* n pixels, or images, channels last: z and label hold two halves of f floats at each, y one; f is a multiple
   of 16. Steps are in floats from one to the next. The same bits for any n. */
typedef struct {
    int n, f;
    const float *z, *label;
    float *y;
    size_t z_step, label_step, y_step;
} gate_items;

/* OVERWRITES y. */
void gate_forward(const gate_items *t);
/* The same for the n pixels of an image; y, in place of t->y, may have margins, which stay as they are. */
void gate_forward_image(const gate_items *t, features y);

/* Given dy in place of y: OVERWRITES dz (steps of dz_step), which may be z itself, and ADDS its sums over the
   pixels to sums (2f). */
void gate_backward(const gate_items *t, float *dz, size_t dz_step, float *sums);

/* The same for an image; dz (2f), OVERWRITTEN, may have margins, which stay as they are. */
void gate_backward_image(const gate_items *t, features dz, float *sums);
