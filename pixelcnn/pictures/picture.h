/*
picture.h - one PNG or JPEG file in the shape that a net takes.

A picture may come from anyone. Its header is read first, and what exceeds the limits of picture_reader.h is refused before
its pixels are. Whatever is damaged is refused, by checksum or by a warning of the library that reads it. All of these exit 1
with one line that names the file.
*/
#pragma once

/* Whether the name ends as that of a file that read_picture reads: .png, .jpg, .jpeg in any case. */
int is_picture_name(const char *name);

/* Reads a picture to (c,h,w), c 1 (grey: .30 red + .59 green + .11 blue) or 3. One of another size is scaled, its
   aspect ratio not kept; one of that size is not touched. It is turned as its EXIF orientation says. What is transparent
   is composed on the background, which the first such picture says on stderr. 16-bit values are scaled to 8 bits,
   from the bits that sBIT states where no value needs more. */
void read_picture(const char *path, int c, int h, int w, unsigned char *to);

/* Reads a mask of (h,w) to 1 (given) and 0 (drawn); one of another size is refused. White is given, black is drawn. A file
   whose values are 0 and 1 is such a mask too, and so is the alpha channel of a picture with one (opaque is given), which
   is said on stderr. What may mean either is refused. */
void read_mask(const char *path, int h, int w, unsigned char *keep);

/* What transparent pictures are composed on from now on: a grey value (0 to 255) or RRGGBB; NULL: white. Exits 1 where text
   is neither. */
void set_picture_background(const char *text);

/* The option of the commands that read pictures: its value goes to set_picture_background. */
#define BACKGROUND_OPTION(value)                                                                                       \
    {                                                                                                                  \
        "-background COLOUR", OPTION_TEXT, value, 0, 0,                                                                \
            "compose transparent pictures on COLOUR, a grey value or RRGGBB; default: white"                           \
    }
