/*
animation.h - an animated GIF of images being drawn, written with giflib.
*/
#pragma once
#include "pixelcnn/pictures/sheet.h"

/* Exits 1 if the animation of a sheet would be too large. Call it before drawing the images. */
void check_animation(const char *file, sheet s);

/* Writes the sheet of images (n,c,h,w) of 8-bit values as a loop of h+1 frames of 1/10 second. Frame r shows
   the first r rows and, of the other rows, the `given` pixels (n,h,w; NULL: none); the rest is grey. The last
   frame stays for 2 seconds. s.text becomes a comment. Colours are exact up to 6 s.levels, else the nearest
   of 6 x 6 x 6; grey is always exact. On an error exits 1 and writes nothing. */
void write_animation(const char *file, sheet s, const unsigned char *bytes, const unsigned char *given);
