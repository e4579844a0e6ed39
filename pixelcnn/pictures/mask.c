/* Masks: which pixels of a picture are given. See read_mask in picture.h. */
#include <stdlib.h>
#include "base/errors.h"
#include "base/printable.h"
#include "pixelcnn/pictures/compose.h"
#include "pixelcnn/pictures/picture.h"

/* Grey values of a mask's pixels that are not transparent. */
typedef struct {
    int darkest, brightest, white;
    int others; // 1: there are values other than the darkest and the brightest
    size_t opaque, transparent;
} mask_values;

static int grey_of(const decoded_picture *d, size_t i)
{
    if (picture_colours(d) == 1) return (int)picture_sample(d, i, 0);
    return (int)luminance(picture_sample(d, i, 0), picture_sample(d, i, 1), picture_sample(d, i, 2));
}

static int is_opaque(const decoded_picture *d, size_t i)
{
    return !has_alpha(d) || picture_sample(d, i, picture_colours(d)) > (d->depth == 1 ? 127 : 32767);
}

static mask_values look_at(const decoded_picture *d)
{
    mask_values v = {.darkest = 65536, .brightest = -1, .white = picture_white(0, d)};
    size_t pixels = (size_t)d->h * d->w;
    for (size_t i = 0; i < pixels; ++i) {
        int grey = grey_of(d, i);
        ++*(is_opaque(d, i) ? &v.opaque : &v.transparent);
        if (!is_opaque(d, i)) continue;
        if (grey < v.darkest) v.darkest = grey;
        if (grey > v.brightest) v.brightest = grey;
    }
    for (size_t i = 0; i < pixels && !v.others; ++i)
        v.others = is_opaque(d, i) && grey_of(d, i) != v.darkest && grey_of(d, i) != v.brightest;
    return v;
}

/* A picture with a hole, or a single light colour: opaque pixels are given. Black on a transparent background
   is ambiguous: both black and transparency could mean "drawn". */
static void check_alpha(const char *path, const mask_values *v)
{
    if (!v->opaque) die("%s: the whole mask is transparent; no pixel would be given", path);
    int both = v->darkest == 0 && v->brightest == v->white && !v->others;
    if (v->brightest <= v->white / 2 || both)
        die("%s: a mask of black %son a transparent ground: ambiguous; save it without alpha, with white for given and "
            "black for drawn",
            path, both ? "and white " : "");
    fprintf(stderr, "%s: using the alpha channel as the mask: opaque is given, transparent is drawn\n",
            printable(path));
}

/* Values above it are given. */
static int threshold(const char *path, const mask_values *v)
{
    if (v->brightest == 1) return 0;
    if (v->brightest && v->brightest <= v->white / 2)
        die("%s: a mask with values from %d to %d: expected 0 (drawn) and %d (given), or 0 and 1", path, v->darkest,
            v->brightest, v->white);
    return v->white / 2;
}

void read_mask(const char *path, int h, int w, unsigned char *keep)
{
    decoded_picture d = decode_picture(path, 0);
    if (oriented_height(&d) != h || oriented_width(&d) != w)
        die("%s: is %d x %d (width x height), the cfg has width=%d height=%d", path, oriented_width(&d),
            oriented_height(&d), w, h);
    mask_values v = look_at(&d);
    int by_alpha = v.transparent > 0;
    if (by_alpha) check_alpha(path, &v);
    int above = by_alpha ? 0 : threshold(path, &v);
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x) {
            size_t i = oriented_pixel(d.orientation, d.h, d.w, y, x);
            *keep++ = by_alpha ? is_opaque(&d, i) : grey_of(&d, i) > above;
        }
    free(d.samples);
}
