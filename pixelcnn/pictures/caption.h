/*
caption.h - small text on pictures, in a font of our own of 5 x 9 dots: the same pixels on every machine.

It has the characters of ASCII. Latin letters with accents are drawn without them; any other character is a box.
*/
#pragma once

enum { CAPTION_ABOVE = 7, CAPTION_ROWS = 9 }; // dots: a capital letter's height, and with what hangs below the line

/* Whether every character of a text (UTF-8) can be drawn. */
int is_caption(const char *text);

/* The width of the text in dots. */
int caption_width(const char *text);

/* Where text goes: the top left corner on a canvas of w pixels a row, c bytes a pixel, and the room, in pixels. A dot
   is scale x scale pixels. */
typedef struct {
    unsigned char *canvas;
    int w, c, top, left, room, scale;
} caption_place;

/* Draws text in black. What is wider than the room is cut and ends in two dots. */
void draw_caption(caption_place p, const char *text);
