/*
picture.h - reads a PNG or JPEG file in the shape that a net takes.

Pictures are untrusted input. The header is read first, and a picture beyond the limits of picture_reader.h is
refused before its pixels are read. Damage that shows in a checksum or a warning of the decoding library is an
error. Every error exits 1 with one line that names the file.
*/
#pragma once
#include <stddef.h>

/* Whether the name ends in .png, .jpg or .jpeg, in upper or lower case. */
int is_picture_name(const char *name);

/* How a picture of another aspect ratio becomes (h,w): by scaling each side, or by scaling what is left when
   its longer side is cropped at both ends. */
typedef enum { FIT_STRETCH, FIT_CROP } picture_fit;

/* Reads a picture to (c,h,w), c 1 (grey: .30 red + .59 green + .11 blue) or 3. Rotates it by its EXIF
   orientation and, if it has another size, scales it. Composes transparent pixels on the background, and
   reports the first such picture on stderr. Scales 16-bit values to 8 bits, using the significant bits of
   sBIT if all values fit. */
void read_picture(const char *path, picture_fit fit, int c, int h, int w, unsigned char *to);

/* Whether reading the picture in that shape changes its pixels: because of its size, colours, transparency or
   16 bits. Returns 0, or 1 with the reason in why[size], such as "30 x 28 pixels (width x height)". */
int is_changed_by_reading(const char *path, int c, int h, int w, char *why, size_t size);

/* Reads a mask of exactly (h,w) to 1 (given) and 0 (drawn). White is given, black is drawn. A file with
   values 0 and 1 works too, as does a picture's alpha channel (opaque is given), which is reported on stderr.
   An ambiguous mask is refused. */
void read_mask(const char *path, int h, int w, unsigned char *keep);

/* Sets the background for transparent pictures: a grey value (0 to 255) or RRGGBB; NULL: white. Exits 1 if
   text is neither. */
void set_picture_background(const char *text);

/* The option of commands that read pictures; pass its value to set_picture_background. */
#define BACKGROUND_OPTION(value)                                                                                       \
    {                                                                                                                  \
        "-background COLOUR", OPTION_TEXT, value, 0, 0,                                                                \
            "compose transparent pictures on COLOUR, a grey value or RRGGBB; default: white"                           \
    }
