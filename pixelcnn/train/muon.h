/*
muon.h - Muon, the solver for hidden weight matrices if the cfg has muon > 0.

For an array as a matrix (rows, n / rows), with g its gradient, clipped as in solver.h, and mu =
muon_momentum:
    m = mu m + g,   u = g + mu m                                      Nesterov's momentum
    X = u / (|u| + 1e-7), then five times X = (3.4445 I - 4.7750 A + 2.0315 A A) X with A = X X^T
    w -= rate (sqrt(max(1, rows / columns)) X + decay w),   rate = muon * learning rate now / learning_rate
X approximates U V^T of u's singular value decomposition: a step of the same length in every direction. Decay
is applied outside it, as the length of u has no effect. Weights that a colour mask forbids are zero in u, and
set to zero again in X. The products are chains of multiply-adds in a fixed order (panel.h), so threads do not
change the result.

Source: Jordan et al. 2024 (Muon and the coefficients), Bernstein and Newhouse 2024 (the iteration).
*/
#pragma once
#include "pixelcnn/net/params.h"

/* The parameters of Muon's part of an update. */
typedef struct {
    float scale; // from updates to g, clipping included
    float rate, decay, momentum;
} muon_step;

enum { MUON_ITERATIONS = 5 };
#define MUON_A 3.4445f
#define MUON_B -4.7750f
#define MUON_C 2.0315f
#define MUON_FLOOR 1e-7f

/* Whether Muon updates the array, if the cfg has it; Adam or SGD updates the others. */
static inline int is_muon_array(const param *p) { return p->rows > 0; }

/* The length of a step, in units of the rate. */
float muon_step_length(const param *p);

/* Makes one step for all arrays of the list that Muon updates: changes the weights and m, which is in the
   order of the list, and sets the updates of these arrays to zero. */
void muon_update_weights(const param_list *all, muon_step s, float *m);
