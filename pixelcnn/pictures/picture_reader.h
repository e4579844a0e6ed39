/*
picture_reader.h - the interface between picture.c and the picture formats; for those files only.

Limits for any file: 8192 pixels per side, 256 MB of memory, 2 seconds on one 2 GHz core. The last two follow
from limits on counts, so that a file is accepted or refused alike on every machine: the bytes of the stored
pixels and of what the decoder keeps, the bytes of the file and, as a progressive JPEG may have any number of
scans, the 8 x 8 blocks in all its scans.
*/
#pragma once
#include <stddef.h>
#include <stdio.h>

enum {
    LARGEST_SIDE = 8192,
    PICTURE_MEMORY = 256 << 20, // bytes
    PICTURE_RESERVE = 64 << 20, // of which this is for what does not grow with the pixels
    PICTURE_FILE = 128 << 20,   // bytes of the file
    MOST_BLOCKS = 1 << 23,      // in all scans of a progressive JPEG
    PICTURE_ERROR = 320         // bytes of a message
};

/* A picture as stored in its file. */
typedef struct {
    int h, w;
    int channels;           // 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA
    int depth;              // bytes per sample, 1 or 2
    int bits;               // significant bits of 2-byte samples, as the file states; 0: it does not
    int orientation;        // EXIF's, 1 to 8
    unsigned char *samples; // (h,w,channels), 2-byte samples in native byte order; free it
} decoded_picture;

/* Decodes f from its start. colour 0: the caller needs only the luminance. Returns 0, or 1 with a message
   without the file's name; then nothing stays allocated. Never exits. */
int decode_png(FILE *f, int colour, decoded_picture *to, char *error);
int decode_jpeg(FILE *f, int colour, decoded_picture *to, char *error);

/* Returns 0 if a picture of this size may be read, given `more` bytes that the decoder needs in addition to
   the samples, or that represent its time. Otherwise returns 1 with a message that has the size and the
   limit. */
int exceeds_picture_limits(const decoded_picture *d, size_t more, char *error);

/* Opens a file, detects its format and decodes it. Exits 1 on any error. */
decoded_picture decode_picture(const char *path, int colour);

/* The value of white: 255, or for 2-byte samples 65535 or, if no value exceeds it, the maximum of the stated
   bits. If path is not NULL, reports the interpretation of 16 bits once on stderr. */
int picture_white(const char *path, const decoded_picture *d);

/* The size after rotation by the orientation, and the index in the stored (h,w) of the pixel at row y, column
   x after rotation. */
int oriented_height(const decoded_picture *d);
int oriented_width(const decoded_picture *d);
size_t oriented_pixel(int orientation, int h, int w, int y, int x);
