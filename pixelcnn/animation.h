/*
animation.h - images being drawn, as an animated GIF by giflib.
*/
#ifndef ANIMATION_H
#define ANIMATION_H
#include "sheet.h"

/* Exits 1 where the animation of a sheet would be too large; for use before its images are drawn. */
void check_animation(const char *file, sheet s);

/* The sheet of images (n,c,h,w) of levels in h+1 frames of 1/10 second, over and over: in frame r their first r rows are
   there and the others grey; the last one stays for 2 seconds. s.text becomes a comment. Colours are
   exact up to 6 levels, else the nearest of 6 x 6 x 6; grey is exact always. Exits 1, with nothing written, where it
   cannot. */
void write_animation(const char *file, sheet s, const unsigned char *levels);

#endif
