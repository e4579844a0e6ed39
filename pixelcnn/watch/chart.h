/*
chart.h - the curves of a training run drawn with cairo: bits/dim of training and validation, learning rate.

The training curve is smoothed; behind it, faintly, are means over as few iterations as can be distinguished.
The steep beginning may exceed the top of the plot.
*/
#pragma once
#include "pixelcnn/watch/curves.h"

typedef enum { CHART_LIGHT, CHART_DARK, CHART_THEMES } chart_theme;

/* WIDE: 1200 x 640. NARROW: 720 x 840, with letters and lines 1.6 times as large, for phones. */
typedef enum { CHART_WIDE, CHART_NARROW, CHART_FORMS } chart_form;

typedef struct {
    unsigned char *png; // NULL: not drawn
    size_t bytes;
} chart_picture;

/* The charts drawn since the curves last changed. {0}: none. */
typedef struct {
    size_t changes;
    chart_picture of[CHART_FORMS][CHART_THEMES];
} charts;

/* Draws the chart unless it has been drawn since the curves last changed. The charts own the result. */
const chart_picture *chart_of(charts *s, const curves *c, const char *title, chart_form form, chart_theme theme);
void forget_charts(charts *s);

/* Frees the font caches of cairo and fontconfig, after the last chart or scale of a heat map. */
void end_charts(void);
