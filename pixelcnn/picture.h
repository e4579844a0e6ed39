/*
picture.h - one PNG or JPEG file in the shape that a net takes.
*/
#ifndef PICTURE_H
#define PICTURE_H

/* Whether the name ends as that of a file that read_picture reads: .png, .jpg, .jpeg in any case. */
int is_picture_name(const char *name);

/* Reads a picture to (c,h,w), c 1 (grey: .30 red + .59 green + .11 blue) or 3. One of another size is scaled, its
   aspect ratio not kept; one of that size is not touched. Alpha is dropped. Exits 1, naming the file, where it is
   broken, no PNG or JPEG, or larger than 8192 pixels a side. */
void read_picture(const char *path, int c, int h, int w, unsigned char *to);

/* The same, but one of another size is refused. */
void read_picture_of_size(const char *path, int c, int h, int w, unsigned char *to);

#endif
