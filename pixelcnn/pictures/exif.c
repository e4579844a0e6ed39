/*
exif.c - see exif.h.

EXIF is a TIFF: byte order, offset of the first directory, and there entries of 12 bytes: tag, type, count,
value. Nothing else is read.
*/
#include "pixelcnn/pictures/exif.h"

enum { HEADER = 8, ENTRY = 12, ORIENTATION = 0x112, SHORT = 3 };

static unsigned number(const unsigned char *x, int bytes, int big_endian)
{
    unsigned value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | x[big_endian ? i : bytes - 1 - i];
    return value;
}

int exif_orientation(const unsigned char *tiff, size_t n)
{
    if (n < HEADER || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M')) return 1;
    int big = tiff[0] == 'M';
    size_t at = number(tiff + 4, 4, big);
    if (number(tiff + 2, 2, big) != 42 || at > n - 2) return 1;
    unsigned entries = number(tiff + at, 2, big);
    at += 2;
    for (unsigned i = 0; i < entries && n - at >= ENTRY; ++i, at += ENTRY) {
        const unsigned char *entry = tiff + at;
        if (number(entry, 2, big) != ORIENTATION || number(entry + 2, 2, big) != SHORT) continue;
        unsigned value = number(entry + 8, 2, big);
        return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}
