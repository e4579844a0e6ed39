/* exif.h - reads the orientation from EXIF data. */
#pragma once
#include <stddef.h>

/* The orientation, 1 to 8, from n bytes of TIFF data; 1 if it is missing or damaged. */
int exif_orientation(const unsigned char *tiff, size_t n);
