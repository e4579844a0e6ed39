/*
picture.c - PNG and JPEG by stb_image, scaled by stb_image_resize. See picture.h.

stb_image reads more formats, but takes a truncated file of most of them for a whole one.
*/
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "errors.h"
#include "gated.h"
#include "picture.h"

/* What a damaged file trips over must not abort. */
static const char *reading;
static void fails(const char *condition) { die("%s: broken image: not %s", reading, condition); }
#define STBI_ASSERT(x) ((x) ? (void)0 : fails(#x))

/* Darknet's image.c exports older copies of the same functions. */
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_FAILURE_USERMSG
#define STBI_MAX_DIMENSIONS 8192
#include <stb/stb_image.h>
#include <stb/stb_image_resize.h>

int is_picture_name(const char *name)
{
    static const char *const endings[] = {".png", ".jpg", ".jpeg"};
    const char *dot = strrchr(name, '.');
    for (int i = 0; dot && i < 3; ++i)
        if (!strcasecmp(dot, endings[i])) return 1;
    return 0;
}

/* (h,w,c) as in the file, c as asked for. */
static unsigned char *decode(const char *path, int c, int *h, int *w)
{
    int stored;
    FILE *f = fopen(path, "rb");
    if (!f) die("%s: cannot open: %s", path, strerror(errno));
    reading = path;
    unsigned char *x = stbi_load_from_file(f, w, h, &stored, c);
    if (!x) die("%s: broken image, or not a PNG or JPEG: %s", path, stbi_failure_reason());
    fclose(f);
    return x;
}

/* Planes (c,h,w) from interleaved x, which it frees. */
static void divide_colours(unsigned char *x, int c, int h, int w, unsigned char *to)
{
    for (int k = 0; k < c; ++k)
        for (int i = 0; i < h * w; ++i) to[k * h * w + i] = x[i * c + k];
    free(x);
}

void read_picture(const char *path, int c, int h, int w, unsigned char *to)
{
    int rows, columns;
    unsigned char *x = decode(path, c, &rows, &columns);
    if (rows != h || columns != w) {
        unsigned char *scaled = checked_calloc((size_t)h * w, c);
        if (!stbir_resize_uint8(x, columns, rows, 0, scaled, w, h, 0, c))
            die("%s: cannot be scaled from %d x %d to %d x %d (width x height)", path, columns, rows, w, h);
        stbi_image_free(x);
        x = scaled;
    }
    divide_colours(x, c, h, w, to);
}

void read_picture_of_size(const char *path, int c, int h, int w, unsigned char *to)
{
    int rows, columns;
    unsigned char *x = decode(path, c, &rows, &columns);
    if (rows != h || columns != w)
        die("%s: is %d x %d (width x height), the cfg has width=%d height=%d", path, columns, rows, w, h);
    divide_colours(x, c, h, w, to);
}
