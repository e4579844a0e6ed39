/*
animation.h - images being drawn, as an animated GIF by giflib.
*/
#pragma once
#include "pixelcnn/pictures/sheet.h"

/* Exits 1 where the animation of a sheet would be too large; for use before its images are drawn. */
void check_animation(const char *file, sheet s);

/* The sheet of images (n,c,h,w) of 8-bit values in h+1 frames of 1/10 second, over and over: in frame r their first r rows
   are there, and of the others the pixels that are `given` (n,h,w; NULL: none); the rest is grey. The last frame stays for
   2 seconds. s.text becomes a comment. Colours are exact up to 6 s.levels, else the nearest of 6 x 6 x 6; grey is exact
   always. Exits 1, with nothing written, where it cannot. */
void write_animation(const char *file, sheet s, const unsigned char *bytes, const unsigned char *given);
