/* png_bits.h - how many bits a generic compressor needs for an image. */
#pragma once

/* The size in bits of the compressed data of a PNG of an image (c,h,w) of levels, a byte each: the smallest
   over PNG's five filters, with zlib at its highest level. The PNG's chunks, which are the same for all
   images, do not count. Exits 1 when out of memory. */
double png_bits(const unsigned char *levels, int c, int h, int w);
