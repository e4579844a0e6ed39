/* Would reading a picture change its pixels? */
#include <stdio.h>
#include <stdlib.h>
#include "pixelcnn/pictures/compose.h"
#include "pixelcnn/pictures/picture.h"

static int is_transparent(const decoded_picture *d)
{
    size_t pixels = (size_t)d->h * d->w;
    for (size_t i = 0; has_alpha(d) && i < pixels; ++i)
        if (picture_sample(d, i, d->channels - 1) != 255) return 1;
    return 0;
}

static int is_grey(const decoded_picture *d)
{
    size_t pixels = (size_t)d->h * d->w;
    for (size_t i = 0; picture_colours(d) == 3 && i < pixels; ++i)
        if (picture_sample(d, i, 0) != picture_sample(d, i, 1) || picture_sample(d, i, 0) != picture_sample(d, i, 2))
            return 0;
    return 1;
}

int is_changed_by_reading(const char *path, int c, int h, int w, char *why, size_t size)
{
    decoded_picture d = decode_picture(path, 1);
    int resized = oriented_height(&d) != h || oriented_width(&d) != w;
    const char *what = d.depth > 1              ? "16 bits per value"
                       : is_transparent(&d)     ? "transparent pixels"
                       : c == 1 && !is_grey(&d) ? "colours"
                                                : 0;
    if (resized)
        snprintf(why, size, "%d x %d pixels (width x height)", oriented_width(&d), oriented_height(&d));
    else if (what)
        snprintf(why, size, "%s", what);
    free(d.samples);
    return resized || what;
}
