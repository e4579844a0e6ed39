/*
chart.h - the curves of a training drawn with cairo: bits/dim of training and validation, learning rate.
*/
#pragma once
#include "pixelcnn/watch/curves.h"

typedef enum { CHART_LIGHT, CHART_DARK } chart_theme;

/* A PNG of 1200 x 640 in memory; free it. The training curve is smoothed; behind it, faintly, are means over as few iterations as
   can be told apart. The steep beginning may leave the plot at its top. */
unsigned char *draw_chart(const curves *c, const char *title, chart_theme theme, size_t *bytes);

/* To a file. Returns 0, or 1 with the reason in error (at least 512 bytes). */
int try_write_chart(const char *file, const curves *c, const char *title, char *error);

/* Frees the font caches of cairo and fontconfig, after the last chart. */
void end_charts(void);
