#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
/* Darknet's image.c exports an older copy of these functions. */
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/memory.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/pictures/caption.h"
#include "pixelcnn/pictures/sheet.h"

enum {
    GAP = 2,
    USUAL_SIDE = 500,
    LARGEST_SCALE = 64,
    LETTER_SIDE = 56, // pixels of an image's side for each pixel of a letter's dot
    LARGEST_LETTERS = 4,
    LONGEST_CAPTION = 120 // dots
};

/* ---- PNG ---- */

enum { IEND_BYTES = 12 }; // the empty chunk that ends a PNG

static void put_big_endian(unsigned char *to, uint32_t x)
{
    for (int i = 0; i < 4; ++i) to[i] = x >> (24 - 8 * i);
}

/* A tEXt chunk is Latin-1 without control characters except newlines; '?' replaces anything that is not
   ASCII. */
static void write_text_chunk(atomic_file *f, const char *text)
{
    static const char head[] = "tEXtparameters"; // its NUL separates keyword and text
    size_t n = strlen(text), bytes = sizeof head + n;
    unsigned char *chunk = checked_calloc(4 + bytes + 4, 1);
    put_big_endian(chunk, bytes - 4); // not counting the type
    memcpy(chunk + 4, head, sizeof head);
    for (size_t i = 0; i < n; ++i)
        chunk[4 + sizeof head + i] = text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~') ? text[i] : '?';
    put_big_endian(chunk + 4 + bytes, crc32(0, chunk + 4, bytes));
    atomic_write(f, chunk, 4 + bytes + 4);
    free(chunk);
}

typedef struct {
    atomic_file file;
    const char *text;
} png_file;

/* stb_image_write passes the whole PNG at once. */
static void write_png(void *file, void *data, int bytes)
{
    png_file *p = file;
    int body = bytes - IEND_BYTES;
    atomic_write(&p->file, data, body);
    if (p->text) write_text_chunk(&p->file, p->text);
    atomic_write(&p->file, (char *)data + body, IEND_BYTES);
}

/* On an error writes nothing, and returns 1 with the reason in error. */
static int try_write_picture(const char *file, picture p, char *error)
{
    png_file f = {.text = p.text};
    atomic_open(&f.file, file);
    if (f.file.stream && !stbi_write_png_to_func(write_png, &f, p.w, p.h, p.c, p.bytes, p.w * p.c))
        die("%s: cannot encode a PNG of %d x %d", file, p.w, p.h);
    int failed = atomic_close(&f.file);
    if (failed) strcpy(error, f.file.error);
    return failed;
}

void write_picture(const char *file, picture p)
{
    char error[512];
    if (try_write_picture(file, p, error)) die("%s", error);
}

unsigned char *png_of_picture(picture p, size_t *bytes)
{
    int n;
    unsigned char *png = stbi_write_png_to_mem(p.bytes, p.w * p.c, p.w, p.h, p.c, &n);
    if (!png) die("cannot encode a PNG of %d x %d", p.w, p.h);
    *bytes = n;
    return png;
}

/* ---- sheets ---- */

/* The pixels that captions take. */
typedef struct {
    int scale;       // of the letters
    int left, below; // of the whole sheet; of each row
} margins;

static const char *caption_of(const sheet *s, int i) { return s->captions[i] ? s->captions[i] : ""; }

/* Whether the images of each row have the same caption. */
static int rows_are_alike(const sheet *s)
{
    for (int i = 0; i < s->n; ++i)
        if (strcmp(caption_of(s, i), caption_of(s, i - i % s->columns))) return 0;
    return 1;
}

static margins margins_of(const sheet *s)
{
    margins m = {0};
    int side = s->w * s->scale, width = 0;
    if (!s->captions) return m;
    m.scale = side / LETTER_SIDE < 1 ? 1 : side / LETTER_SIDE < LARGEST_LETTERS ? side / LETTER_SIDE : LARGEST_LETTERS;
    if (s->h * s->scale < (CAPTION_ROWS + 2) * m.scale || !rows_are_alike(s)) {
        m.below = (CAPTION_ROWS + 1) * m.scale;
        return m;
    }
    for (int i = 0; i < s->n; i += s->columns) {
        int dots = caption_width(caption_of(s, i));
        if (dots > width) width = dots < LONGEST_CAPTION ? dots : LONGEST_CAPTION;
    }
    m.left = (width + 4) * m.scale;
    return m;
}

/* The top left corner of image i. */
static void find_corner(const sheet *s, margins m, int i, int *top, int *left)
{
    *top = i / s->columns * (s->h * s->scale + m.below + GAP);
    *left = m.left + i % s->columns * (s->w * s->scale + GAP);
}

/* Draws a caption at the left of its row, if it differs from that of the row above, or below the image. */
static void write_caption(const sheet *s, margins m, int i, unsigned char *canvas, int width)
{
    int side = s->w * s->scale, height = s->h * s->scale;
    const char *text = caption_of(s, i);
    caption_place p = {.canvas = canvas, .w = width, .c = s->c, .width = side, .scale = m.scale};
    find_corner(s, m, i, &p.top, &p.left);
    if (m.below) {
        int free = side - caption_width(text) * m.scale;
        p.top += height + m.scale;
        p.left += free > 0 ? free / 2 : 0;
    } else {
        if (i % s->columns || (i && !strcmp(text, caption_of(s, i - s->columns)))) return;
        p.top += (height - CAPTION_ABOVE * m.scale) / 2;
        p.left = m.scale;
        p.width = m.left - 2 * m.scale;
    }
    draw_caption(p, text);
}

/* Copies image i to its place on the canvas (height, width, c). */
static void paste(const sheet *s, margins m, const unsigned char *bytes, int i, unsigned char *canvas, int width)
{
    int top, left;
    find_corner(s, m, i, &top, &left);
    for (int r = 0; r < s->h * s->scale; ++r)
        for (int c = 0; c < s->w * s->scale; ++c)
            for (int k = 0; k < s->c; ++k) {
                size_t from = (((size_t)i * s->c + k) * s->h + r / s->scale) * s->w + c / s->scale;
                canvas[((size_t)(top + r) * width + left + c) * s->c + k] = bytes[from];
            }
}

/* The longer side of the sheet, which may be too large for an int. */
static double side_at(const sheet *s, int scale)
{
    double columns = s->columns < s->n ? s->columns : s->n, rows = ceil(s->n / columns);
    return fmax(columns * (s->w * scale + GAP), rows * (s->h * scale + GAP)) - GAP;
}

static int usual_scale(const sheet *s)
{
    int scale = 1;
    while (scale < LARGEST_SCALE && side_at(s, scale) + side_at(s, scale + 1) < 2 * USUAL_SIDE) ++scale;
    return scale;
}

sheet sheet_of_net(const network *net, int n, int columns, int scale)
{
    sheet s = {.n = n,
               .c = net->c,
               .h = net->h,
               .w = net->w,
               .levels = loss_of(net)->levels,
               .columns = columns,
               .scale = scale};
    if (!scale) s.scale = usual_scale(&s);
    return s;
}

void check_sheet(const char *file, sheet s)
{
    double rows = ((double)s.n + s.columns - 1) / s.columns;
    margins m = margins_of(&s);
    double bytes = rows * (s.h * s.scale + m.below + GAP) * (m.left + s.columns * (s.w * s.scale + GAP)) * s.c;
    if (bytes > 1e9)
        die("%s: a sheet of %g bytes is too large; draw fewer images or use a smaller -scale", file, bytes);
}

picture sheet_size(sheet s)
{
    int columns = s.columns < s.n ? s.columns : s.n, rows = (s.n + columns - 1) / columns;
    margins m = margins_of(&s);
    return (picture){.w = m.left + columns * (s.w * s.scale + GAP) - GAP,
                     .h = rows * (s.h * s.scale + m.below + GAP) - GAP,
                     .c = s.c,
                     .text = s.text};
}

picture lay_out_sheet(sheet s, const unsigned char *bytes)
{
    picture p = sheet_size(s);
    size_t size = (size_t)p.h * p.w * p.c;
    unsigned char *canvas = checked_calloc(size, 1);
    memset(canvas, SHEET_PAPER, size);
    margins m = margins_of(&s);
    for (int i = 0; i < s.n; ++i) paste(&s, m, bytes, i, canvas, p.w);
    for (int i = 0; s.captions && i < s.n; ++i) write_caption(&s, m, i, canvas, p.w);
    p.bytes = canvas;
    return p;
}

static int try_write_byte_sheet(const char *file, sheet s, const unsigned char *bytes, char *error)
{
    check_sheet(file, s);
    picture p = lay_out_sheet(s, bytes);
    int failed = try_write_picture(file, p, error);
    free((void *)p.bytes);
    return failed;
}

/* Converts images (n,c,h,w) of s.levels to 8-bit values. Free them. */
static unsigned char *bytes_of_levels(sheet s, const unsigned char *levels)
{
    size_t values = (size_t)s.n * s.c * s.h * s.w;
    unsigned char *bytes = checked_calloc(values, 1);
    for (size_t i = 0; i < values; ++i) bytes[i] = byte_of_level(levels[i], s.levels);
    return bytes;
}

int try_write_sheet(const char *file, sheet s, const unsigned char *levels, char *error)
{
    unsigned char *bytes = bytes_of_levels(s, levels);
    int failed = try_write_byte_sheet(file, s, bytes, error);
    free(bytes);
    return failed;
}

void write_byte_sheet(const char *file, sheet s, const unsigned char *bytes)
{
    char error[512];
    if (try_write_byte_sheet(file, s, bytes, error)) die("%s", error);
}
