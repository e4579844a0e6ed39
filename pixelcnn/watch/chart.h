/*
chart.h - the course of a training as a picture, by cairo: bits/dim of training and validation, learning rate.
*/
#pragma once
#include "pixelcnn/watch/curves.h"

typedef enum { CHART_LIGHT, CHART_DARK } chart_theme;

/* A PNG of 1200 x 640 in memory; free it. The curve of the training is smoothed; faint behind it what it was smoothed from,
   as means over as few iterations as can be told apart. The steep beginning may leave the picture at its top. */
unsigned char *draw_chart(const curves *c, const char *title, chart_theme theme, size_t *bytes);

/* The same to a file. Returns 0, or 1 with the reason in error (at least 512 bytes). */
int try_write_chart(const char *file, const curves *c, const char *title, char *error);

/* Frees what cairo and fontconfig keep of the fonts; after the last chart. */
void end_charts(void);
