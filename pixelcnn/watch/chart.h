/*
chart.h - the curves of a training drawn with cairo: bits/dim of training and validation, learning rate.

The training curve is smoothed; behind it, faintly, are means over as few iterations as can be told apart. The
steep beginning may leave the plot at its top.
*/
#pragma once
#include "pixelcnn/watch/curves.h"

typedef enum { CHART_LIGHT, CHART_DARK, CHART_THEMES } chart_theme;

/* WIDE: 1200 x 640. NARROW: 720 x 840, with letters and lines 1.6 times as large, to be read on a phone. */
typedef enum { CHART_WIDE, CHART_NARROW, CHART_FORMS } chart_form;

typedef struct {
    unsigned char *png; // NULL: not drawn
    size_t bytes;
} chart_picture;

/* The charts that were drawn of the curves since they last changed. {0} has none. */
typedef struct {
    size_t changes;
    chart_picture of[CHART_FORMS][CHART_THEMES];
} charts;

/* Draws the chart unless that was done since the curves last changed. Belongs to the charts. */
const chart_picture *chart_of(charts *s, const curves *c, const char *title, chart_form form, chart_theme theme);
void forget_charts(charts *s);

/* Frees the font caches of cairo and fontconfig, after the last chart or scale of a heat map. */
void end_charts(void);
