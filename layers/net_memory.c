/*
net_memory.c - see net_memory.h.

Each kind's parse counts what its constructor allocates. The sums are doubles, so no product of sizes
overflows.
*/
#include "base/slices.h"
#include "layers/math/panel.h"
#include "layers/net_memory.h"

static double at_most(double a, double b) { return a < b ? a : b; }

double plane_of(layer_shape s) { return (double)s.h * s.w; }

void plan_weights(net_memory *m, layer_shape s, double n)
{
    m->floats += n * (1 + (m->training ? 1 + m->moments : 0)) + (s.colours > 1 ? n / 4 : 0);
}

double plan_panels(net_memory *m, double cin, double cout, double rows, double taps)
{
    double gradient = cin * taps * padded(rows, PANEL_ROWS);
    m->floats += gradient + (m->training ? cout * taps * padded(cin, PANEL_ROWS) : 0);
    return gradient;
}

void plan_workspace(net_memory *m, layer_shape s, double scratch, double sums)
{
    double floats = at_most(m->threads, s.batch) * scratch + (m->training ? sum_copies(m->threads, s.batch) * sums : 0);
    if (floats > m->workspace) m->workspace = floats;
}

layer planned_layer(net_memory *m, layer_shape s, LAYER_TYPE type, int cout, double more)
{
    m->floats += s.batch * plane_of(s) * ((m->training ? 2. : 1.) * cout + more);
    return (layer){.type = type, .out_h = s.h, .out_w = s.w, .out_c = cout, .outputs = s.h * s.w * cout};
}

int taps_aside(layer_shape s, int size, int d) { return at_most(size / 2, (s.w - 1) / d); }
int rows_above(layer_shape s, int size, int d) { return at_most(size / 2, (s.h - 1) / d); }

double plan_label(net_memory *m, layer_shape s, int f)
{
    plan_weights(m, s, 2. * f * s.label);
    m->floats += 2. * s.batch * f;
    return s.spatial ? plane_of(s) * (s.label + 2. * padded(f, PANEL_LANES)) : 0;
}

double net_memory_bytes(const net_memory *m) { return (m->floats + m->workspace) * sizeof(float); }
