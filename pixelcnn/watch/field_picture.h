/* field_picture.h - a receptive field as a PNG, each pixel of the image a square. */
#pragma once
#include "pixelcnn/check/receptive_field.h"
#include "pixelcnn/pictures/sheet.h"

/* The picture that draw_field writes, with a longer side of about `side` pixels. Free its bytes. */
picture lay_field(const network *net, int position, const unsigned char *field, int side);

/* Red: the pixel of the position. Blue: pixels that it sees. Yellow: earlier ones that it does not see, or
   not in all colours. Grey: later ones, or (dark grey) a later one that is seen. Exits 1, with nothing
   written, if it fails. */
void draw_field(const char *file, const network *net, int position, const unsigned char *field);
