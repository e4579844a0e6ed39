/*
sheet.c - many images as one PNG, by stb_image_write. See sheet.h.
*/
#include <stdlib.h>
#include <string.h>
/* Darknet's image.c exports an older copy of the same functions. */
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop
#include "atomic_file.h"
#include "errors.h"
#include "gated.h"
#include "pixel_softmax_layer.h"
#include "sheet.h"

enum { GAP = 2, PAPER = 160 };

static void write_bytes(void *file, void *data, int bytes) { atomic_write(file, data, bytes); }

void write_picture(const char *file, picture p)
{
    atomic_file f;
    atomic_open(&f, file);
    if (f.stream && !stbi_write_png_to_func(write_bytes, &f, p.w, p.h, p.c, p.bytes, p.w * p.c))
        die("%s: cannot encode a PNG of %d x %d", file, p.w, p.h);
    if (atomic_close(&f)) die("%s", f.error);
}

/* Image i at its place of the canvas, which is (height, width, c). */
static void paste(const sheet *s, const unsigned char *levels, int i, unsigned char *canvas, int width)
{
    int top = i / s->columns * (s->h * s->scale + GAP), left = i % s->columns * (s->w * s->scale + GAP);
    for (int r = 0; r < s->h * s->scale; ++r)
        for (int c = 0; c < s->w * s->scale; ++c)
            for (int k = 0; k < s->c; ++k) {
                size_t from = (((size_t)i * s->c + k) * s->h + r / s->scale) * s->w + c / s->scale;
                canvas[((size_t)(top + r) * width + left + c) * s->c + k] = byte_of_level(levels[from], s->levels);
            }
}

void check_sheet(const char *file, sheet s)
{
    double rows = ((double)s.n + s.columns - 1) / s.columns;
    double bytes = rows * (s.h * s.scale + GAP) * s.columns * (s.w * s.scale + GAP) * s.c;
    if (bytes > 1e9)
        die("%s: a sheet of %g bytes is too large; draw fewer images or use a smaller -scale", file, bytes);
}

void write_sheet(const char *file, sheet s, const unsigned char *levels)
{
    check_sheet(file, s);
    if (s.columns > s.n) s.columns = s.n;
    int rows = (s.n + s.columns - 1) / s.columns;
    int height = rows * (s.h * s.scale + GAP) - GAP, width = s.columns * (s.w * s.scale + GAP) - GAP;
    unsigned char *canvas = checked_calloc((size_t)height * width, s.c);
    memset(canvas, PAPER, (size_t)height * width * s.c);
    for (int i = 0; i < s.n; ++i) paste(&s, levels, i, canvas, width);
    write_picture(file, (picture){.w = width, .h = height, .c = s.c, .bytes = canvas});
    free(canvas);
}
