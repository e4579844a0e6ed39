/* solver_math.h - one step of the solver for one weight, on CPU and GPU. See solver.h for the definition. */
#pragma once
#include <math.h>
#include "base/fused.h"

/* The parameters of an update. */
typedef struct {
    float scale;       // from updates to g, clipping included
    float rate, decay; // decay 0 where it does not apply
    float B1, B2, eps; // adam; B1 is the momentum of SGD
    float fix1, fix2;  // 1/(1-B1^t), 1/(1-B2^t)
    float keep;        // of the average
} solver_step;

EVERYWHERE static inline void adam_weight(solver_step s, float *w, float update, float *m, float *v)
{
    float x = s.scale * update + s.decay * *w;
    *m = s.B1 * *m + (1 - s.B1) * x;
    *v = s.B2 * *v + (1 - s.B2) * x * x;
    *w -= s.rate * s.fix1 * *m / (sqrtf(*v * s.fix2) + s.eps);
}

EVERYWHERE static inline void sgd_weight(solver_step s, float *w, float update, float *m)
{
    *m = s.B1 * *m + s.scale * update + s.decay * *w;
    *w -= s.rate * *m;
}

EVERYWHERE static inline float move_average(float keep, float average, float w)
{
    return keep * average + (1 - keep) * w;
}

/* The factor from updates, which are sums of negative gradients, to g: division by the number of values, and
   clipping. */
EVERYWHERE static inline float update_scale(double norm, double clip_norm, double values)
{
    return -(clip_norm > 0 && norm > clip_norm ? clip_norm / norm : 1) / values;
}
