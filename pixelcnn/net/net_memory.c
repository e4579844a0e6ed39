/*
net_memory.c - the memory of a net before it is built. See net_memory.h.

The sums follow the constructors in layers/. They are doubles: no product of sizes overflows.
*/
#include "layers/pixel_fourier_layer.h"
#include "pixelcnn/net/net_memory.h"

static double at_most(double a, double b) { return a < b ? a : b; }

static double pixels(layer_shape s) { return (double)s.h * s.w; }

/* n learned floats: the weights, and in training updates and what the solver keeps. */
static void add_weights(net_memory *m, layer_shape s, double n)
{
    m->floats += n * (1 + (m->training ? 1 + m->moments : 0)) + (s.colours > 1 ? n / 4 : 0);
}

/* A convolution's panels; `taps` of them read something of the image. Returns the floats of its gradient. */
static double add_panels(net_memory *m, double cin, double cout, double rows, double taps)
{
    double gradient = cin * taps * padded(rows, PANEL_ROWS);
    m->floats += gradient + (m->training ? cout * taps * padded(cin, PANEL_ROWS) : 0);
    return gradient;
}

/* Scratch of each thread that has an image, and sums of each thread. */
static void want_workspace(net_memory *m, layer_shape s, double scratch, double sums)
{
    double floats = at_most(m->threads, s.batch) * scratch + (m->training ? m->threads * sums : 0);
    if (floats > m->workspace) m->workspace = floats;
}

/* The output, in training its delta, and `more` floats a pixel besides. */
static layer planned(net_memory *m, layer_shape s, LAYER_TYPE type, int cout, double more)
{
    m->floats += s.batch * pixels(s) * ((m->training ? 2. : 1.) * cout + more);
    return (layer){.type = type, .out_h = s.h, .out_w = s.w, .out_c = cout, .outputs = s.h * s.w * cout};
}

layer plan_label_embed(net_memory *m, layer_shape s, label_options o)
{
    double width = o.size ? o.size * (o.spatial ? pixels(s) : 1) : o.classes;
    layer l = planned(m, s, LABEL_EMBED, s.colours, 0);
    label_embed *e = checked_calloc(1, sizeof *e);
    *e = (label_embed){.classes = o.classes, .size = o.size, .spatial = o.spatial};
    l.self_layer = (layer *)e;
    add_weights(m, s, o.size ? o.classes * width : 0);
    m->floats += s.batch * (2. * o.classes + 2 * width);
    return l;
}

layer plan_pixel_fourier(net_memory *m, layer_shape s, int octaves)
{
    layer l = planned(m, s, PIXEL_FOURIER, s.colours * fourier_width(octaves), 0);
    pixel_fourier *p = checked_calloc(1, sizeof *p);
    p->octaves = octaves;
    l.self_layer = (layer *)p;
    return l;
}

/* Of a kernel: taps to one side, and rows, that read something of an image that large. */
static int taps_aside(layer_shape s, int size, int d) { return at_most(size / 2, (s.w - 1) / d); }
static int rows_above(layer_shape s, int size, int d) { return at_most(size / 2, (s.h - 1) / d); }

/* Of the label in a layer of f filters: V, its scratch for spatial ones. */
static double add_label(net_memory *m, layer_shape s, int f)
{
    add_weights(m, s, 2. * f * s.label);
    m->floats += 2. * s.batch * f;
    return s.spatial ? pixels(s) * (s.label + 2. * padded(f, PANEL_LANES)) : 0;
}

layer plan_gated_vstack(net_memory *m, layer_shape s, vstack_options o)
{
    double f = o.filters, side = taps_aside(s, o.size, o.dilation), margin = 2 * side * o.dilation, u = 0, sums;
    double rows = rows_above(s, o.size, o.dilation) + 1, columns = 2 * side + 1;
    double wide = 2. * padded(o.filters, PANEL_LANES);
    if (o.factored) {
        u = padded(o.filters, PANEL_ROWS);
        sums = add_panels(m, f, 2 * f, wide, rows) + add_panels(m, o.cin, f, u, columns) + u;
        add_weights(m, s, 2 * f * f * (o.size / 2 + 1) + f * o.cin * o.size + f);
    } else {
        sums = add_panels(m, o.cin, 2 * f, wide, rows * columns);
        add_weights(m, s, 2 * f * o.cin * o.size * (o.size / 2 + 1.));
    }
    double label = add_label(m, s, o.filters);
    want_workspace(m, s,
                   s.h * (s.w + margin) * (o.cin + wide + u) +
                       pixels(s) * (padded(o.filters, PANEL_ROWS) + padded(o.cin, PANEL_ROWS)) + label,
                   sums + wide + (s.spatial ? 2 * f * s.label : 0));
    return planned(m, s, GATED_VSTACK, o.filters, 2 * wide + u);
}

layer plan_gated_hstack(net_memory *m, layer_shape s, hstack_options o)
{
    double f = o.filters, side = taps_aside(s, o.size, o.dilation), margin = side * o.dilation;
    double wide = 2. * padded(o.filters, PANEL_LANES), g = padded(o.filters, PANEL_ROWS), fv = 2. * o.vertical_filters;
    double sums = add_panels(m, o.cin, 2 * f, wide, side + 1) + add_panels(m, fv, 2 * f, wide, 1) +
                  add_panels(m, f, f, g, 1);
    add_weights(m, s, 2 * f * o.cin * (o.size / 2 + 1) + 2 * f * fv + f * f);
    double label = add_label(m, s, o.filters);
    want_workspace(m, s, s.h * (s.w + margin) * (o.cin + wide) + pixels(s) * (g + padded(o.cin, PANEL_ROWS)) + label,
                   sums + wide + g + (s.spatial ? 2 * f * s.label : 0));
    return planned(m, s, GATED_HSTACK, o.filters, wide + 2 * g);
}

layer plan_skip_sum(net_memory *m, layer_shape s, skip_options o)
{
    double sums = 0;
    for (int i = 0; i < o.n; ++i) {
        sums += add_panels(m, o.widths[i], o.filters, o.filters, 1);
        add_weights(m, s, (double)o.filters * o.widths[i]);
    }
    want_workspace(m, s, pixels(s) * padded(o.filters, PANEL_ROWS), sums);
    return planned(m, s, SKIP_SUM, o.filters, 0);
}

layer plan_head_conv(net_memory *m, layer_shape s, int cin, int filters)
{
    double weights = (double)cin * filters / s.colours;
    add_weights(m, s, weights);
    want_workspace(m, s, 0, weights + filters);
    return planned(m, s, CONVOLUTIONAL, filters, 0);
}

layer plan_activation(net_memory *m, layer_shape s, int cin) { return planned(m, s, ACTIVE, cin, 0); }

/* With input and truth of the net. */
layer plan_pixel_softmax(net_memory *m, layer_shape s, int levels)
{
    return planned(m, s, PIXEL_SOFTMAX, s.colours * levels, 3. * s.colours);
}

double net_memory_bytes(const net_memory *m) { return (m->floats + m->workspace) * sizeof(float); }
