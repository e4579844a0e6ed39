/* compose.h - converts a file's samples to bytes of colour, composing transparent ones on a background. */
#pragma once
#include "pixelcnn/pictures/picture_reader.h"

/* Converts d->samples in place to bytes (h,w,n): n = 1 if c is 1 or the picture is grey, else 3. Returns n.
   The first transparent picture is reported on stderr, with the background. */
int compose_picture(const char *path, decoded_picture *d, int c);

/* .30 red + .59 green + .11 blue; the three are below 2^24. */
static inline unsigned luminance(unsigned red, unsigned green, unsigned blue)
{
    return (77 * red + 150 * green + 29 * blue) >> 8;
}

/* Sample k of pixel i. */
static inline unsigned picture_sample(const decoded_picture *d, size_t i, int k)
{
    size_t at = i * d->channels + k;
    return d->depth == 1 ? d->samples[at] : ((const unsigned short *)d->samples)[at];
}

/* Whether the last channel is alpha, and the number of channels before it. */
static inline int has_alpha(const decoded_picture *d) { return d->channels % 2 == 0; }
static inline int picture_colours(const decoded_picture *d) { return d->channels - has_alpha(d); }
