/*
exif.h - the orientation that EXIF states.
*/
#pragma once
#include <stddef.h>

/* 1 to 8, from n bytes of a TIFF header and what follows it; 1 where it is missing or damaged. */
int exif_orientation(const unsigned char *tiff, size_t n);
