#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/memory.h"
#include "pixelcnn/pictures/animation.h"
#include "pixelcnn/pictures/palette.h"

enum { DELAY = 10, LAST_DELAY = 200, LARGEST_SIDE = 65535 }; // delays in 1/100 s

/* ---- GIF ---- */

static int write_gif_bytes(GifFileType *gif, const GifByteType *data, int bytes)
{
    atomic_write(gif->UserData, data, bytes);
    return bytes;
}

static void need(int done, const char *file)
{
    if (done != GIF_OK) die("%s: cannot encode a GIF", file);
}

/* A GIF being written. */
typedef struct {
    GifFileType *gif;
    const char *file;
    const sheet *s;
    palette colours;
} animation;

/* Free with GifFreeMapObject. A GIF has 2, 4, 8 ... 256 colours. */
static ColorMapObject *colour_map(const animation *a)
{
    GifColorType colours[PALETTE_COLOURS] = {0};
    int n = 2;
    while (n < a->colours.n) n *= 2;
    for (int i = 0; i < a->colours.n; ++i) {
        const unsigned char *colour = a->colours.colour[i];
        colours[i] = (GifColorType){colour[0], colour[1], colour[2]};
    }
    ColorMapObject *map = GifMakeMapObject(n, colours);
    if (!map) die("%s: out of memory", a->file);
    return map;
}

static void start_gif(const animation *a)
{
    GifFileType *gif = a->gif;
    picture p = sheet_size(*a->s);
    ColorMapObject *map = colour_map(a);
    EGifSetGifVersion(gif, true);
    need(EGifPutScreenDesc(gif, p.w, p.h, 8, 0, map), a->file);
    GifFreeMapObject(map);
    need(EGifPutExtensionLeader(gif, APPLICATION_EXT_FUNC_CODE), a->file);
    need(EGifPutExtensionBlock(gif, 11, "NETSCAPE2.0"), a->file);
    need(EGifPutExtensionBlock(gif, 3, "\1\0\0"), a->file); // loop forever
    need(EGifPutExtensionTrailer(gif), a->file);
    if (a->s->text) need(EGifPutComment(gif, a->s->text), a->file);
}

static void put_frame(animation *a, picture p, int delay)
{
    GifByteType extension[4], *line = checked_calloc(p.w, 1);
    GraphicsControlBlock block = {.DelayTime = delay, .TransparentColor = NO_TRANSPARENT_COLOR};
    size_t bytes = EGifGCBToExtension(&block, extension);
    need(EGifPutExtension(a->gif, GRAPHICS_EXT_FUNC_CODE, bytes, extension), a->file);
    need(EGifPutImageDesc(a->gif, 0, 0, p.w, p.h, false, 0), a->file);
    for (int r = 0; r < p.h; ++r) {
        for (int c = 0; c < p.w; ++c) line[c] = palette_index(&a->colours, p.bytes + ((size_t)r * p.w + c) * p.c, p.c);
        need(EGifPutLine(a->gif, line, p.w), a->file);
    }
    free(line);
}

/* ---- frames ---- */

/* The range of rows in which something is drawn: the first, and the one after the last; both h if every pixel
   is given. */
static void find_drawn_rows(const sheet *s, const unsigned char *given, int *from, int *to)
{
    size_t rows = (size_t)s->n * s->h;
    *from = given ? s->h : 0;
    *to = given ? 0 : s->h;
    for (size_t i = 0; given && i < rows; ++i) {
        int r = i % s->h;
        if (!memchr(given + i * s->w, 0, s->w)) continue;
        if (r < *from) *from = r;
        if (r >= *to) *to = r + 1;
    }
    if (*from >= *to) *from = *to = s->h;
}

/* shown (n,c,h,w), OVERWRITTEN: the first r rows and the given pixels of the others; the rest is grey. */
static void show_rows(const sheet *s, const unsigned char *bytes, const unsigned char *given, int r,
                      unsigned char *shown)
{
    size_t plane = (size_t)s->h * s->w, values = s->n * s->c * plane;
    for (size_t i = 0; i < values; ++i) {
        int drawn = (int)(i / s->w % s->h) < r;
        shown[i] = drawn || (given && given[i / (s->c * plane) * plane + i % plane]) ? bytes[i] : SHEET_GREY;
    }
}

void check_animation(const char *file, sheet s)
{
    picture p = sheet_size(s);
    double bytes = (double)p.w * p.h * p.c * (s.h + 1);
    if (p.w > LARGEST_SIDE || p.h > LARGEST_SIDE || bytes > 1e9)
        die("%s: an animation of %d frames of %d x %d is too large; draw fewer images or use a smaller -scale", file,
            s.h + 1, p.w, p.h);
}

static void put_frames(animation *a, const unsigned char *bytes, const unsigned char *given)
{
    const sheet *s = a->s;
    int from, to;
    unsigned char *shown = checked_calloc((size_t)s->n * s->c * s->h, s->w);
    find_drawn_rows(s, given, &from, &to);
    for (int r = from; r <= to; ++r) {
        show_rows(s, bytes, given, r, shown);
        picture p = lay_out_sheet(*s, shown);
        put_frame(a, p, r < to ? DELAY : LAST_DELAY);
        free((void *)p.bytes);
    }
    free(shown);
}

void write_animation(const char *file, sheet s, const unsigned char *bytes, const unsigned char *given)
{
    static const unsigned char greys[] = {SHEET_PAPER, SHEET_GREY};
    check_animation(file, s);
    atomic_file f;
    int why;
    atomic_open(&f, file);
    if (f.stream) {
        animation a = {.gif = EGifOpen(&f, write_gif_bytes, &why), .file = file, .s = &s};
        if (!a.gif) die("%s: cannot encode a GIF: %s", file, GifErrorString(why));
        a.colours = make_palette(bytes, s.n, s.c, (size_t)s.h * s.w, greys, 2);
        start_gif(&a);
        put_frames(&a, bytes, given);
        need(EGifCloseFile(a.gif, &why), file);
        free_palette(&a.colours);
    }
    if (atomic_close(&f)) die("%s", f.error);
}
