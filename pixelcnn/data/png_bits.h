/*
png_bits.h - how far a generic compressor gets with an image.
*/
#pragma once

/* The size of the compressed data of a PNG of the image, in bits: an image (c,h,w) of levels, a byte each, through each of PNG's five
   filters and zlib at its highest level; the smallest counts. Without the PNG's chunks, which are the same for all images. Exits 1
   when out of memory. */
double png_bits(const unsigned char *levels, int c, int h, int w);
