/*
sheet.h - many images as one PNG.
*/
#ifndef SHEET_H
#define SHEET_H

typedef struct {
    int n, c, h, w; // images, each (c,h,w) levels
    int levels;
    int columns; // images a row
    int scale;   // each value is drawn as scale x scale pixels
} sheet;

/* Writes images (n,c,h,w) of levels as a PNG grid with a gap of 2 pixels between them, none around one image
   alone. Exits 1, with nothing written, where it cannot. */
void write_sheet(const char *file, sheet s, const unsigned char *levels);

#endif
