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
    double gradient = cin * taps * padded(rows, PANEL_LANES);
    m->floats += gradient + (m->training ? cout * taps * padded(cin, PANEL_LANES) : 0);
    return gradient;
}

void plan_workspace(net_memory *m, layer_shape s, double scratch, double sums)
{
    double floats = at_most(m->threads, s.batch) * scratch + (m->training ? sum_copies(m->threads, s.batch) * sums : 0);
    if (floats > m->workspace) m->workspace = floats;
}

void plan_planes(net_memory *m, layer_shape s, int cout)
{
    m->floats += s.batch * plane_of(s) * cout * (m->training ? 2 : 1);
}

layer planned_layer(net_memory *m, layer_shape s, LAYER_TYPE type, int cout, double more)
{
    plan_planes(m, s, cout);
    m->floats += s.batch * plane_of(s) * more;
    return (layer){.type = type, .out_h = s.h, .out_w = s.w, .out_c = cout, .outputs = s.h * s.w * cout};
}

/* The planned layer's `pad`: columns of margin so far; NOT_READ: nothing counted yet. */
enum { NOT_READ = -1 };

layer planned_gated_layer(net_memory *m, layer_shape s, LAYER_TYPE type, int cout, double more)
{
    layer l = planned_layer(m, s, type, 0, more);
    l.out_c = cout;
    l.outputs = s.h * s.w * cout;
    l.pad = NOT_READ;
    return l;
}

void plan_handed_on(net_memory *m, layer_shape s, layer *read, int left, int right)
{
    double rows = (double)s.batch * s.h * padded(read->out_c, PANEL_LANES);
    int sides = left > right ? left : right;
    if (read->pad == NOT_READ) {
        m->floats += rows * s.w * (m->training ? 2 : 1);
        read->pad = 0;
    }
    if (sides <= read->pad) return;
    m->floats += rows * (sides - read->pad);
    read->pad = sides;
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
