/* The cut is that of Heckbert's median cut (1982), at the mean of the box with the greatest squared error. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "pixelcnn/pictures/palette.h"

typedef struct known_colour {
    uint32_t rgb;
    int index;
    size_t pixels;
} known_colour;

static int part(uint32_t rgb, int k) { return rgb >> (16 - 8 * k) & 255; }

static uint32_t pixel_colour(const unsigned char *pixel, int c, size_t stride)
{
    return (uint32_t)pixel[0] << 16 | pixel[c == 3 ? stride : 0] << 8 | pixel[c == 3 ? 2 * stride : 0];
}

/* ---- the picture's colours ---- */

static int by_colour(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Each colour once, with its number of pixels, in p->known. all[n] is sorted in place. */
static void count_colours(palette *p, uint32_t *all, size_t n)
{
    qsort(all, n, sizeof *all, by_colour);
    p->known = checked_calloc(n, sizeof *p->known);
    for (size_t i = 0; i < n; ++i) {
        if (!i || all[i] != all[i - 1]) p->known[p->nknown++] = (known_colour){.rgb = all[i]};
        ++p->known[p->nknown - 1].pixels;
    }
}

/* ---- boxes ---- */

/* Colours from .. to-1 of an array; error[k]: squared, of part k against its mean. */
typedef struct {
    size_t from, to;
    double mean[3], error[3];
} box;

static box measure_box(const known_colour *x, size_t from, size_t to)
{
    box b = {.from = from, .to = to};
    double pixels = 0, sum[3] = {0}, squares[3] = {0};
    for (size_t i = from; i < to; ++i) {
        pixels += x[i].pixels;
        for (int k = 0; k < 3; ++k) {
            double v = part(x[i].rgb, k), weighted = v * x[i].pixels;
            sum[k] += weighted;
            squares[k] += v * weighted;
        }
    }
    for (int k = 0; k < 3; ++k) {
        b.mean[k] = sum[k] / pixels;
        b.error[k] = squares[k] - sum[k] * b.mean[k];
    }
    return b;
}

static int widest(const box *b)
{
    int k = b->error[1] >= b->error[0] ? 1 : 0;
    return b->error[2] > b->error[k] ? 2 : k;
}

/* The box to cut; -1 if none has two colours. */
static int worst_box(const box *b, int n)
{
    int worst = -1;
    double most = 0;
    for (int i = 0; i < n; ++i) {
        double error = b[i].error[0] + b[i].error[1] + b[i].error[2];
        if (b[i].to - b[i].from > 1 && error > most) most = error, worst = i;
    }
    return worst;
}

/* Moves the colours up to the mean to the front; returns where the others start. Neither part is empty, as
   not all are equal. */
static size_t divide_box(known_colour *x, const box *b)
{
    int k = widest(b);
    size_t at = b->from;
    for (size_t i = b->from; i < b->to; ++i) {
        if (part(x[i].rgb, k) > b->mean[k]) continue;
        known_colour moved = x[i];
        x[i] = x[at];
        x[at++] = moved;
    }
    return at;
}

static void add_colour(palette *p, int red, int green, int blue)
{
    unsigned char *to = p->colour[p->n++];
    to[0] = red;
    to[1] = green;
    to[2] = blue;
}

/* Adds up to `most` colours to the palette. */
static void cut_boxes(palette *p, int most)
{
    box b[PALETTE_COLOURS];
    int n = 1;
    size_t bytes = p->nknown * sizeof(known_colour);
    known_colour *x = checked_malloc(bytes);
    memcpy(x, p->known, bytes);
    b[0] = measure_box(x, 0, p->nknown);
    while (n < most) {
        int i = worst_box(b, n);
        if (i < 0) break;
        size_t at = divide_box(x, b + i);
        if (at == b[i].from || at == b[i].to) break; // all values are equal: the error is only rounding
        b[n++] = measure_box(x, at, b[i].to);
        b[i] = measure_box(x, b[i].from, at);
    }
    for (int i = 0; i < n; ++i)
        add_colour(p, (int)(b[i].mean[0] + .5), (int)(b[i].mean[1] + .5), (int)(b[i].mean[2] + .5));
    free(x);
}

/* ---- the palette ---- */

static int nearest(const palette *p, uint32_t rgb)
{
    int best = 0, least = 1 << 30;
    for (int i = 0; i < p->n && least; ++i) {
        int distance = 0;
        for (int k = 0; k < 3; ++k) {
            int d = p->colour[i][k] - part(rgb, k);
            distance += d * d;
        }
        if (distance < least) least = distance, best = i;
    }
    return best;
}

palette make_palette(const unsigned char *images, size_t n, int c, size_t plane, const unsigned char *greys, int ngreys)
{
    palette p = {0};
    size_t pixels = n * plane;
    uint32_t *all = checked_malloc((pixels + ngreys) * sizeof *all);
    for (size_t i = 0; i < pixels; ++i) all[i] = pixel_colour(images + i / plane * c * plane + i % plane, c, plane);
    for (int i = 0; i < ngreys; ++i) all[pixels + i] = greys[i] * 0x010101u;
    count_colours(&p, all, pixels + ngreys);
    free(all);
    if (p.nknown <= PALETTE_COLOURS) {
        for (size_t i = 0; i < p.nknown; ++i)
            add_colour(&p, part(p.known[i].rgb, 0), part(p.known[i].rgb, 1), part(p.known[i].rgb, 2));
    } else {
        for (int i = 0; i < ngreys; ++i) add_colour(&p, greys[i], greys[i], greys[i]);
        cut_boxes(&p, PALETTE_COLOURS - ngreys);
    }
    for (size_t i = 0; i < p.nknown; ++i) p.known[i].index = nearest(&p, p.known[i].rgb);
    p.last = p.known[0].rgb;
    p.last_index = p.known[0].index;
    return p;
}

int palette_index(palette *p, const unsigned char *pixel, int c)
{
    uint32_t rgb = pixel_colour(pixel, c, 1);
    if (rgb == p->last) return p->last_index;
    const known_colour *found = bsearch(&rgb, p->known, p->nknown, sizeof *p->known, by_colour);
    p->last = rgb;
    p->last_index = found ? found->index : nearest(p, rgb);
    return p->last_index;
}

void free_palette(palette *p)
{
    free(p->known);
    *p = (palette){0};
}
