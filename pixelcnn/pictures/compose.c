#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"
#include "base/printable.h"
#include "pixelcnn/pictures/compose.h"
#include "pixelcnn/pictures/picture.h"

/* ---- background ---- */

static unsigned background[3] = {255, 255, 255};
static char background_name[16] = "white";

void set_picture_background(const char *text)
{
    if (!text) return;
    size_t n = strlen(text), hex = strspn(text, "0123456789abcdefABCDEF");
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (n && n <= 3 && strspn(text, "0123456789") == n && value <= 255) {
        for (int k = 0; k < 3; ++k) background[k] = value;
        snprintf(background_name, sizeof background_name, "grey %lu", value);
    } else if (n == 6 && hex == 6) {
        value = strtoul(text, &end, 16);
        for (int k = 0; k < 3; ++k) background[k] = value >> (16 - 8 * k) & 255;
        snprintf(background_name, sizeof background_name, "%s", text);
    } else
        die("-background %s: expected a grey value from 0 to 255, or six hexadecimal digits RRGGBB", text);
}

/* ---- 16 bits ---- */

enum { NAMED_BITS = 12 };

/* The largest colour sample. */
static unsigned largest_value(const decoded_picture *d)
{
    unsigned most = 0;
    size_t pixels = (size_t)d->h * d->w;
    for (size_t i = 0; i < pixels; ++i)
        for (int k = 0; k < picture_colours(d); ++k)
            if (picture_sample(d, i, k) > most) most = picture_sample(d, i, k);
    return most;
}

int picture_white(const char *path, const decoded_picture *d)
{
    static int warned;
    if (d->depth == 1) return 255;
    int most = (int)largest_value(d), stated = d->bits && d->bits < 16 ? (1 << d->bits) - 1 : 0;
    if (stated && most <= stated) {
        if (path && !warned++)
            fprintf(stderr, "%s: 16-bit values of %d bits (sBIT): %d is white\n", printable(path), d->bits, stated);
        return stated;
    }
    if (path && !d->bits && most && most < 1 << NAMED_BITS && !warned++)
        fprintf(
            stderr,
            "%s: its largest 16-bit value is %d of 65535, nearly black: if its values have fewer bits, scale them, or "
            "state the bits in sBIT\n",
            printable(path), most);
    return 65535;
}

/* ---- composition ---- */

/* Composes value on the background; halves are rounded up. */
static inline unsigned char blend(unsigned value, unsigned alpha, unsigned ground)
{
    return (value * alpha + ground * (255 - alpha) + 127) / 255;
}

static inline void store(const unsigned char *rgb, int n, int colours, unsigned char *to)
{
    if (n < colours)
        to[0] = luminance(rgb[0], rgb[1], rgb[2]);
    else
        memcpy(to, rgb, n);
}

/* The background for a picture with that many colours. */
static void choose_ground(int colours, unsigned *ground)
{
    for (int k = 0; k < 3; ++k)
        ground[k] = colours == 1 ? luminance(background[0], background[1], background[2]) : background[k];
}

/* Composes 1-byte samples to n bytes per pixel. Returns whether any is transparent. */
static int compose_bytes(decoded_picture *d, int n)
{
    const int colours = picture_colours(d), alpha = has_alpha(d), channels = d->channels;
    const size_t pixels = (size_t)d->h * d->w;
    const unsigned char *from = d->samples;
    unsigned char *to = d->samples, rgb[3];
    unsigned ground[3];
    int transparent = 0;
    choose_ground(colours, ground);
    for (size_t i = 0; i < pixels; ++i, from += channels, to += n) {
        int opaque = !alpha || from[colours] == 255;
        for (int k = 0; k < colours; ++k) rgb[k] = opaque ? from[k] : blend(from[k], from[colours], ground[k]);
        store(rgb, n, colours, to);
        transparent |= !opaque;
    }
    return transparent;
}

/* The same for 2-byte samples, in which `white` is white; alpha uses all 16 bits. */
static int compose_words(decoded_picture *d, int n, unsigned white)
{
    const int colours = picture_colours(d);
    const size_t pixels = (size_t)d->h * d->w;
    const uint64_t whole = (uint64_t)white * 65535;
    unsigned char rgb[3];
    unsigned ground[3];
    int transparent = 0;
    choose_ground(colours, ground);
    for (size_t i = 0; i < pixels; ++i) {
        uint64_t alpha = has_alpha(d) ? picture_sample(d, i, colours) : 65535;
        for (int k = 0; k < colours; ++k)
            rgb[k] = (picture_sample(d, i, k) * 255 * alpha + ground[k] * white * (65535 - alpha) + whole / 2) / whole;
        store(rgb, n, colours, d->samples + i * n);
        transparent |= alpha != 65535;
    }
    return transparent;
}

int compose_picture(const char *path, decoded_picture *d, int c)
{
    static int warned;
    int n = c == 1 || picture_colours(d) == 1 ? 1 : 3;
    if (d->depth == 1 && d->channels == n) return n;
    int transparent = d->depth == 1 ? compose_bytes(d, n) : compose_words(d, n, picture_white(path, d));
    if (transparent && !warned++)
        fprintf(stderr, "%s: transparent; composed on %s, as are all such pictures (see -background)\n",
                printable(path), background_name);
    return n;
}
