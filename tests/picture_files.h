/*
picture_files.h - writes PNG and JPEG files of any kind for the tests, with libpng and libjpeg, and reads
PNGs.
*/
#pragma once
#include <stddef.h>

typedef struct {
    int w, h, channels; // 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA (JPEG: CMYK)
    int depth;          // bits a sample, 1 to 16; 0: 8
    int interlaced, progressive;
    int bits;        // sBIT; 0: none
    int orientation; // of EXIF; 0: none
    int clear;       // tRNS: this grey value, or entry of the palette, is transparent; 0: none
    int palette;     // 1: samples are entries of a palette, grey entry i being 10 * i
} picture_file;

/* Samples (h,w,channels), in bytes; with 16 bits in words. */
void write_png_file(const char *path, picture_file p, const void *samples);
void write_jpeg_file(const char *path, picture_file p, const unsigned char *samples);

/* A complete PNG whose image data inflates to `bytes` zeros, whatever its size; if `chunk` is not NULL, a
   chunk of that type does so instead. */
void write_png_bomb(const char *path, int w, int h, size_t bytes, const char *chunk);

/* A progressive JPEG of grey pixels in which one scan is repeated. */
void write_jpeg_of_scans(const char *path, int side, int scans);

/* A PNG as bytes (h,w,channels), with the channels of the file. Free it. */
unsigned char *read_png_file(const char *path, int *w, int *h, int *channels);

/* The same as planes (3,h,w), with grey as a colour; fails if the file has another size. */
void read_png_planes(const char *path, int h, int w, unsigned char *to);
