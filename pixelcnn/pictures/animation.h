/* animation.h - an animated GIF of images being drawn, written with giflib. */
#pragma once
#include "pixelcnn/pictures/sheet.h"

/* Exits 1 if the animation of a sheet would be too large. Call it before drawing the images. */
void check_animation(const char *file, sheet s);

/* Writes the sheet of images (n,c,h,w) of 8-bit values as a loop of frames of 1/10 second. Frame r shows the
   first r rows and, of the other rows, the `given` pixels (n,h,w; NULL: none); the rest is grey. The first
   frame is the state before the first pixel is drawn; the last frame, the complete sheet, stays for 2
   seconds. s.text becomes a comment. Up to 256 colours are exact (palette.h); grey always is. On an error
   exits 1 and writes nothing. */
void write_animation(const char *file, sheet s, const unsigned char *bytes, const unsigned char *given);
