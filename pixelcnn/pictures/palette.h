/* palette.h - up to 256 colours that represent all colours of a picture. */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum { PALETTE_COLOURS = 256 };

typedef struct {
    int n;
    unsigned char colour[PALETTE_COLOURS][3];
    struct known_colour *known; // the picture's own colours, ascending, each with its index
    size_t nknown;
    uint32_t last; // the colour looked up last, and its index
    int last_index;
} palette;

/* For images (n,c,plane) of bytes, c 1 or 3, and the greys in `greys`, which are always exact. The colours
   are exact if there are at most 256 of them; else the cube is cut where it has the most squared error until
   there are enough boxes, each of which becomes its mean. Free with free_palette. */
palette make_palette(const unsigned char *images, size_t n, int c, size_t plane, const unsigned char *greys,
                     int ngreys);

/* The index of a pixel of c bytes, whose colour must be one of the picture's or of the greys. */
int palette_index(palette *p, const unsigned char *pixel, int c);

void free_palette(palette *p);
