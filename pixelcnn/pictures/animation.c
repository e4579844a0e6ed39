#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/memory.h"
#include "layers/math/levels.h"
#include "pixelcnn/pictures/animation.h"

enum { COLOURS = 256, MOST_STEPS = 6, DELAY = 10, LAST_DELAY = 200, LARGEST_SIDE = 65535 }; // delays in 1/100 s
enum { PAPER_INDEX = MOST_STEPS * MOST_STEPS * MOST_STEPS, GREY_INDEX };                    // of a palette for colour

/* ---- palette ---- */

static int steps_of(const sheet *s) { return s->levels < MOST_STEPS ? s->levels : MOST_STEPS; }

static void set_colour(GifColorType *to, int red, int green, int blue) { *to = (GifColorType){red, green, blue}; }

static void make_palette(const sheet *s, GifColorType *to)
{
    int n = steps_of(s);
    for (int i = 0; s->c == 1 && i < COLOURS; ++i) set_colour(to + i, i, i, i);
    for (int i = 0; s->c == 3 && i < n * n * n; ++i)
        set_colour(to + i, byte_of_level(i / n / n, n), byte_of_level(i / n % n, n), byte_of_level(i % n, n));
    if (s->c == 1) return;
    set_colour(to + PAPER_INDEX, SHEET_PAPER, SHEET_PAPER, SHEET_PAPER);
    set_colour(to + GREY_INDEX, SHEET_GREY, SHEET_GREY, SHEET_GREY);
}

/* Index of a pixel of c bytes. */
static int index_of(const sheet *s, const unsigned char *pixel)
{
    int n = steps_of(s);
    if (s->c == 1) return pixel[0];
    if (pixel[0] == pixel[1] && pixel[1] == pixel[2]) {
        if (pixel[0] == SHEET_PAPER) return PAPER_INDEX;
        if (pixel[0] == SHEET_GREY) return GREY_INDEX;
    }
    return (level_of_byte(pixel[0], n) * n + level_of_byte(pixel[1], n)) * n + level_of_byte(pixel[2], n);
}

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

static void start_gif(GifFileType *gif, const char *file, const sheet *s, int w, int h)
{
    GifColorType colours[COLOURS] = {0};
    make_palette(s, colours);
    ColorMapObject *map = GifMakeMapObject(COLOURS, colours);
    if (!map) die("%s: out of memory", file);
    EGifSetGifVersion(gif, true);
    need(EGifPutScreenDesc(gif, w, h, 8, 0, map), file);
    GifFreeMapObject(map);
    need(EGifPutExtensionLeader(gif, APPLICATION_EXT_FUNC_CODE), file);
    need(EGifPutExtensionBlock(gif, 11, "NETSCAPE2.0"), file);
    need(EGifPutExtensionBlock(gif, 3, "\1\0\0"), file); // loop forever
    need(EGifPutExtensionTrailer(gif), file);
    if (s->text) need(EGifPutComment(gif, s->text), file);
}

static void put_frame(GifFileType *gif, const char *file, const sheet *s, picture p, int delay)
{
    GifByteType extension[4], *line = checked_calloc(p.w, 1);
    GraphicsControlBlock block = {.DelayTime = delay, .TransparentColor = NO_TRANSPARENT_COLOR};
    size_t bytes = EGifGCBToExtension(&block, extension);
    need(EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, bytes, extension), file);
    need(EGifPutImageDesc(gif, 0, 0, p.w, p.h, false, 0), file);
    for (int r = 0; r < p.h; ++r) {
        for (int c = 0; c < p.w; ++c) line[c] = index_of(s, p.bytes + ((size_t)r * p.w + c) * p.c);
        need(EGifPutLine(gif, line, p.w), file);
    }
    free(line);
}

/* ---- frames ---- */

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

static void put_frames(GifFileType *gif, const char *file, const sheet *s, const unsigned char *bytes,
                       const unsigned char *given)
{
    unsigned char *shown = checked_calloc((size_t)s->n * s->c * s->h, s->w);
    for (int r = 0; r <= s->h; ++r) {
        show_rows(s, bytes, given, r, shown);
        picture p = lay_out_sheet(*s, shown);
        if (!r) start_gif(gif, file, s, p.w, p.h);
        put_frame(gif, file, s, p, r < s->h ? DELAY : LAST_DELAY);
        free((void *)p.bytes);
    }
    free(shown);
}

void write_animation(const char *file, sheet s, const unsigned char *bytes, const unsigned char *given)
{
    check_animation(file, s);
    atomic_file f;
    int why;
    atomic_open(&f, file);
    if (f.stream) {
        GifFileType *gif = EGifOpen(&f, write_gif_bytes, &why);
        if (!gif) die("%s: cannot encode a GIF: %s", file, GifErrorString(why));
        put_frames(gif, file, &s, bytes, given);
        need(EGifCloseFile(gif, &why), file);
    }
    if (atomic_close(&f)) die("%s", f.error);
}
