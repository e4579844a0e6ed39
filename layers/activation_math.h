/*
activation_math.h - Darknet's activations, for CPU and GPU alike, saturating: a finite number never becomes
NaN. On the CPU they are the same to the bit on every machine.

Darknet computes tanh as (e^2x - 1) / (e^2x + 1), infinity over infinity above 355, and elu and selu as a sum
of both branches times 0 and 1, of which one is infinite above 709 (on a device above 88). NaN and infinity
themselves pass through, so that they are found in the result.
*/
#pragma once
#include <math.h>
#include "base/exact_math.h"
#include "darknet.h"

/* Doubles are slow on a device; on the CPU Darknet computes in double, and so does a kernel that defines
   EXACT_ACTIVATIONS before this. */
#if defined __CUDA_ARCH__ && !defined EXACT_ACTIVATIONS
#define ACTIVATION_REAL float
#define ACTIVATION_EXP expf
#define ACTIVATION_TANH tanhf
#else
#define ACTIVATION_REAL double
#define ACTIVATION_EXP exact_exp
#define ACTIVATION_TANH exact_tanh
#endif

EVERYWHERE static inline float stair_of(ACTIVATION_REAL x)
{
    ACTIVATION_REAL n = floor(x), step = floor(x / 2);
    return fmod(n, (ACTIVATION_REAL)2) == 0 ? step : x - n + step;
}

EVERYWHERE static inline float activation_of(float input, ACTIVATION a)
{
    const ACTIVATION_REAL x = input, tenth = .1, hundredth = .01, thousandth = .001, one = 1;
    switch ((int)a) { // int: it may be one that Darknet does not have
    case LOGISTIC:
        return one / (one + ACTIVATION_EXP(-x));
    case LOGGY:
        return 2 / (one + ACTIVATION_EXP(-x)) - 1;
    case RELU:
        return x < 0 ? 0 : x;
    case RELIE:
        return x > 0 ? x : hundredth * x;
    case RAMP:
        return (x > 0 ? x : 0) + tenth * x;
    case LEAKY:
        return x > 0 ? x : tenth * x;
    case TANH:
        return ACTIVATION_TANH(x);
    case ELU:
        return x >= 0 ? x : ACTIVATION_EXP(x) - 1;
    case SELU:
        return x >= 0 ? (ACTIVATION_REAL)1.0507 * x : (ACTIVATION_REAL)(1.0507 * 1.6732) * (ACTIVATION_EXP(x) - 1);
    case PLSE:
        return x < -4 ? hundredth * (x + 4) : x > 4 ? hundredth * (x - 4) + 1 : x / 8 + one / 2;
    case STAIR:
        return stair_of(x);
    case HARDTAN:
        return x < -1 ? -1 : x > 1 ? 1 : x;
    case LHTAN:
        return x < 0 ? thousandth * x : x > 1 ? thousandth * (x - 1) + 1 : x;
    default:
        return x; // linear
    }
}
