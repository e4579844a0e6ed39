/* caption.h - small text on pictures, in a built-in font of 5 x 9 dots: the same pixels on every machine. It
   has the characters of ASCII. Latin letters with accents are drawn without them; any other character is a
   box. */
#pragma once

enum { CAPTION_ABOVE = 7, CAPTION_ROWS = 9 }; // dots: a capital letter's height; the same with descenders

/* Whether every character of a text (UTF-8) can be drawn. */
int is_caption(const char *text);

/* The width of the text in dots. */
int caption_width(const char *text);

/* Where to draw: the top left corner on a canvas of w pixels a row and c bytes a pixel, and the width
   available, in pixels. A dot is scale x scale pixels. */
typedef struct {
    unsigned char *canvas;
    int w, c, top, left, width, scale;
} caption_place;

/* Draws text in black. Text wider than the width available is cut and ends in two dots. */
void draw_caption(caption_place p, const char *text);
