/*
picture_reader.h - what picture.c asks of the formats that a picture may come in; for those files only.

Limits, for any file: 8192 pixels a side, 256 MB of memory, 2 seconds of one core of 2 GHz. The last two follow from limits
on what is counted, so that the same file is read or refused on every machine: bytes of the pixels as they are stored and of
what the decoder keeps, bytes of the file, and, since a progressive JPEG may go through its pixels as often as it likes,
the blocks of 8 x 8 that its scans go through.
*/
#pragma once
#include <stddef.h>
#include <stdio.h>

enum {
    LARGEST_SIDE = 8192,
    PICTURE_MEMORY = 256 << 20, // bytes
    PICTURE_RESERVE = 64 << 20, // of these, for what does not grow with the pixels
    PICTURE_FILE = 128 << 20,   // bytes of the file
    MOST_BLOCKS = 1 << 23,      // of all scans of a progressive JPEG
    PICTURE_ERROR = 320         // bytes of a message
};

/* A picture as its file has it. */
typedef struct {
    int h, w;
    int channels;           // 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA
    int depth;              // bytes a sample, 1 or 2
    int bits;               // that hold the values of 2-byte samples, as the file states; 0: it does not
    int orientation;        // EXIF's, 1 to 8
    unsigned char *samples; // (h,w,channels), those of 2 bytes in the machine's order; free it
} decoded_picture;

/* Reads the file that f is at the start of. colour 0: the caller needs the luminance alone. Returns 0. Otherwise returns 1 and
   a message that lacks the file's name, and nothing stays allocated. Neither exits. */
int decode_png(FILE *f, int colour, decoded_picture *to, char *error);
int decode_jpeg(FILE *f, int colour, decoded_picture *to, char *error);

/* Returns 0 where a picture of this size may be read, with `more` bytes that the decoder needs beside its samples, or
   that stand for its time. Otherwise returns 1 and a message with the size and the limit. */
int exceeds_picture_limits(const decoded_picture *d, size_t more, char *error);

/* Opens a file, finds its format, and reads it. Exits 1 where anything is wrong. */
decoded_picture decode_picture(const char *path, int colour);

/* The value that is white: 255, or for 2-byte samples 65535 or what the stated bits can hold, where no value exceeds that.
   With a path it says once on stderr what it made of 16 bits. */
int picture_white(const char *path, const decoded_picture *d);

/* Size when turned as the orientation says, and the pixel of the stored (h,w) that stands at row y, column x then. */
int oriented_height(const decoded_picture *d);
int oriented_width(const decoded_picture *d);
size_t oriented_pixel(int orientation, int h, int w, int y, int x);
