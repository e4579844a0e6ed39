/*
gate_math.h - the gate's arithmetic for one pair of numbers, for CPU and GPU alike.

tanh(a) . sigmoid(b) and its gradient, the same bits everywhere, come from m = e^-2a - 1 and w = e^-b with one
division:
    tanh a = -m/(2+m)    sigmoid b = 1/(1+w)
*/
#pragma once
#include "base/vector_math.h"

/* m, w and 1 / ((2+m)(1+w)); cut to where the gate no longer changes, so that nothing overflows. */
typedef struct {
    float m, w, r;
} gate_parts;

EVERYWHERE static inline gate_parts parts_of(int has_fma, float a, float b)
{
    a = a > 10 ? 10 : a;
    a = a < -10 ? -10 : a;
    b = b < -40 ? -40 : b;
    float m = expm1_vector(has_fma, -2 * a), w = exp_vector(has_fma, -b);
    gate_parts p = {m, w, 1 / ((2 + m) * (1 + w))};
    return p;
}

EVERYWHERE static inline float gate(int has_fma, float a, float b)
{
    gate_parts p = parts_of(has_fma, a, b);
    return -p.m * p.r;
}

typedef struct {
    float first, second;
} gate_pair;

/* dy times the derivatives by a and b: sigmoid(b) (1 - tanh(a)^2) and tanh(a) sigmoid(b) (1 - sigmoid(b)). */
EVERYWHERE static inline gate_pair gate_gradient(int has_fma, float a, float b, float dy)
{
    gate_parts p = parts_of(has_fma, a, b);
    float s = (2 + p.m) * p.r, v = (1 + p.w) * p.r; // sigmoid(b), 1 / (2+m)
    gate_pair g = {dy * s * 4 * (1 + p.m) * v * v, -dy * p.m * p.r * p.w * s};
    return g;
}
