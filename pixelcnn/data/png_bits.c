#include <stdlib.h>
#include <zlib.h>
#include "base/errors.h"
#include "base/memory.h"
#include "pixelcnn/data/png_bits.h"

enum { FILTERS = 5, BEST = 9 };

/* The value at (r,x) of a row of c values a pixel; 0 left of and above the image. */
static int value_at(const unsigned char *levels, int c, int h, int w, int r, int x)
{
    if (r < 0 || x < 0) return 0;
    return levels[((size_t)(x % c) * h + r) * w + x / c];
}

static int paeth(int left, int up, int corner)
{
    int by_left = abs(up - corner), by_up = abs(left - corner), by_corner = abs(left + up - 2 * corner);
    if (by_left <= by_up && by_left <= by_corner) return left;
    return by_up <= by_corner ? up : corner;
}

/* What PNG's filter predicts from the neighbours: none, sub, up, average, Paeth. */
static int predict(int filter, int left, int up, int corner)
{
    switch (filter) {
    case 1:
        return left;
    case 2:
        return up;
    case 3:
        return (left + up) / 2;
    case 4:
        return paeth(left, up, corner);
    default:
        return 0;
    }
}

/* to (h,1+w*c), OVERWRITTEN: in each row the filter's number, then the differences. */
static void filter_image(const unsigned char *levels, int c, int h, int w, int filter, unsigned char *to)
{
    for (int r = 0; r < h; ++r) {
        *to++ = filter;
        for (int x = 0; x < w * c; ++x)
            *to++ = value_at(levels, c, h, w, r, x) - predict(filter, value_at(levels, c, h, w, r, x - c),
                                                              value_at(levels, c, h, w, r - 1, x),
                                                              value_at(levels, c, h, w, r - 1, x - c));
    }
}

double png_bits(const unsigned char *levels, int c, int h, int w)
{
    size_t bytes = ((size_t)w * c + 1) * h, least = 0;
    unsigned char *rows = checked_malloc(bytes), *packed = checked_malloc(compressBound(bytes));
    for (int filter = 0; filter < FILTERS; ++filter) {
        uLongf n = compressBound(bytes);
        filter_image(levels, c, h, w, filter, rows);
        if (compress2(packed, &n, rows, bytes, BEST) != Z_OK) die("zlib: out of memory");
        if (!filter || n < least) least = n;
    }
    free(rows);
    free(packed);
    return 8. * least;
}
