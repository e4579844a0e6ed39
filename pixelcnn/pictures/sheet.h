/* sheet.h - writes PNG files: single pictures, and sheets of many images. */
#pragma once
#include "darknet.h"

typedef struct {
    int n, c, h, w; // images, each (c,h,w) levels
    int levels;
    int columns;                 // images per row
    int scale;                   // each pixel becomes scale x scale pixels
    const char *text;            // for the PNG's tEXt chunk; NULL: none
    const char *const *captions; // (n), one for each image; NULL, or an entry NULL: none
} sheet;

/* Grey values of the gaps between images, and of pixels that are not drawn yet. */
enum { SHEET_PAPER = 160, SHEET_GREY = 128 };

typedef struct {
    int w, h, c;                // c bytes per pixel: 1 grey, 3 colour
    const unsigned char *bytes; // (h,w,c)
    const char *text;           // for a tEXt chunk with the keyword "parameters"; NULL: none
} picture;

/* For n images of a net. scale 0: the one at which the longer side is closest to 500 pixels. */
sheet sheet_of_net(const network *net, int n, int columns, int scale);

/* Exits 1 if the sheet would be too large. Call it before drawing the images. */
void check_sheet(const char *file, sheet s);

/* A picture with the sheet's width, height and colours, but no bytes. */
picture sheet_size(sheet s);

/* Arranges images (n,c,h,w) of 8-bit values in a grid; s.levels is not used. A row whose images all have the
   same caption has it on the left; otherwise captions are below the images. Free the bytes. */
picture lay_out_sheet(sheet s, const unsigned char *bytes);

/* Writes images (n,c,h,w) of 8-bit values as a PNG grid with gaps of 2 pixels; a single image has no border.
   s.levels is not used. On an error exits 1 and writes nothing. */
void write_byte_sheet(const char *file, sheet s, const unsigned char *bytes);

/* The same for images of levels, but returns 0, or 1 with the reason in error (at least 512 bytes). */
int try_write_sheet(const char *file, sheet s, const unsigned char *levels, char *error);

/* Writes a picture. On an error exits 1 and writes nothing. */
void write_picture(const char *file, picture p);

/* The PNG in memory, without p.text. Free it. */
unsigned char *png_of_picture(picture p, size_t *bytes);
