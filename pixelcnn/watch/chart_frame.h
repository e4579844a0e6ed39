/* chart_frame.h - what surrounds the curves of a chart: axes, grid, legend, title. For chart.c only. */
#pragma once
#include <cairo/cairo.h>
#include "pixelcnn/watch/axis.h"
#include "pixelcnn/watch/chart.h"

typedef struct {
    double r, g, b;
} colour;

typedef struct {
    colour paper, ink, faint, grid, training, validation, rate;
} palette;

/* In pixels, with the margins around the plot. */
typedef struct {
    int width, height, left, right, top, bottom;
    double scale;         // of letters and lines
    int columns, rows;    // parts of the axes at most
    int legend, subtitle; // entries of the legend per row; 1: the second title is below the first
} chart_layout;

typedef struct {
    cairo_t *cr;
    palette p;
    chart_layout l;
    const curves *c;
    double smooth[CURVE_BINS], coarse[CURVE_BINS];
    int parts, points; // bins per point of the coarse curve; the number of points
    axis x, bits, rate;
} chart;

static const double CHART_POINT = 3.6, CHART_FAINT = .35; // radius; opacity

/* The place of a value, in pixels. */
double place_x(const chart *h, double x);
double place_y(const chart *h, axis a, double y);

/* The plot's edges. */
double plot_right(const chart *h);
double plot_bottom(const chart *h);

/* Sizes and distances are those of the wide chart; this is the chart's own. */
double scaled(const chart *h, double x);
void use_width(chart *h, double width);
void use_colour(chart *h, colour k, double alpha);

/* Dashes lines from here on, until cairo_set_dash(h->cr, 0, 0, 0). */
void dash(chart *h);

/* Need h's axes. */
void draw_axes(chart *h);
void draw_head(chart *h, const char *title);
