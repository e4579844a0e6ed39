/*
sheet.h - pictures as PNG: any one, and many images as one.
*/
#pragma once
#include <stddef.h>

typedef struct {
    int n, c, h, w; // images, each (c,h,w) levels
    int levels;
    int columns;      // images a row
    int scale;        // each value is drawn as scale x scale pixels
    const char *text; // of the PNG's tEXt chunk; NULL: none
} sheet;

/* What is between the images, and nothing of an image where nothing is given. */
enum { SHEET_PAPER = 160, SHEET_GREY = 128 };

typedef struct {
    int w, h, c;                // c bytes a pixel: 1 grey, 3 colour
    const unsigned char *bytes; // (h,w,c)
    const char *text;           // of a tEXt chunk under the keyword "parameters"; NULL: none
} picture;

/* Exits 1 where a sheet of that many images would be too large; for use before they are drawn. */
void check_sheet(const char *file, sheet s);

/* The sheet's width, height and colours; no bytes. */
picture sheet_size(sheet s);

/* Images (n,c,h,w) of 8-bit values in their places; s.levels is not read. Free its bytes. */
picture lay_out_sheet(sheet s, const unsigned char *bytes);

/* The 8-bit values (n,c,h,w) of images of s.levels. Free them. */
unsigned char *bytes_of_levels(sheet s, const unsigned char *levels);

/* Writes images (n,c,h,w) of 8-bit values as a PNG grid with a gap of 2 pixels between them, none around one image
   alone; s.levels is not read. Exits 1, with nothing written, where it cannot. */
void write_byte_sheet(const char *file, sheet s, const unsigned char *bytes);

/* The same for images of levels, but returns 0, or 1 with the reason in error (at least 512 bytes). */
int try_write_sheet(const char *file, sheet s, const unsigned char *levels, char *error);

/* Exits 1, with nothing written, where it cannot; or returns 1 with the reason in error. */
int try_write_picture(const char *file, picture p, char *error);
void write_picture(const char *file, picture p);

/* The PNG in memory, without p.text. Free it. */
unsigned char *png_of_picture(picture p, size_t *bytes);
