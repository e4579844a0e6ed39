/*
muon.h - Muon, the solver of hidden weight matrices where the cfg has muon > 0.

Of an array as the matrix (rows, n / rows), with g its gradient, clipped as solver.h says, and mu = muon_momentum:
    m = mu m + g,   u = g + mu m                                      Nesterov's momentum
    X = u / (|u| + 1e-7), then five times X = (3.4445 I - 4.7750 A + 2.0315 A A) X with A = X X^T
    w -= rate (sqrt(max(1, rows / columns)) X + decay w),   rate = muon * learning rate now / learning_rate
X comes near U V^T of u's singular value decomposition: a step of the same length in every direction. Decay does not pass
through it, as the length of u has no effect. What a colour mask forbids is zero in u, and made zero again in X.
The products are chains of multiply-adds in a fixed order (panel.h): threads do not change the result.

Source: Jordan et al. 2024 (Muon), whose coefficients these are; Bernstein and Newhouse 2024 on the iteration.
*/
#pragma once
#include "pixelcnn/net/params.h"

/* How Muon's part of an update is done. */
typedef struct {
    float scale; // from updates to g, clipping included
    float rate, decay, momentum;
} muon_step;

enum { MUON_ITERATIONS = 5 };
#define MUON_A 3.4445f
#define MUON_B -4.7750f
#define MUON_C 2.0315f
#define MUON_FLOOR 1e-7f

/* Whether Muon updates the array where the cfg has it; else Adam or SGD does. */
static inline int is_muon_array(const param *p) { return p->rows > 0; }

/* The length of a step in units of rate. */
float muon_step_length(const param *p);

/* One step of all arrays of the list that Muon updates. Weights and m, in the order of the list, are changed; the arrays'
   updates are zero afterwards. */
void muon_update_weights(const param_list *all, muon_step s, float *m);
