#include <string.h>
#include "base/memory.h"
#include "pixelcnn/watch/field_picture.h"

enum { FILE_SIDE = 512, LARGEST = 48, LEAST_WITH_GRID = 4, CHANNELS = 3 };

static const unsigned char here_colour[] = {214, 69, 65}, seen_colour[] = {66, 133, 190},
                           unseen_colour[] = {245, 200, 66}, later_colour[] = {225, 225, 225},
                           leak_colour[] = {110, 110, 110}, grid_colour[] = {255, 255, 255};

static const unsigned char *colour_of_pixel(const network *net, int position, const unsigned char *field, int pixel)
{
    int plane = net->h * net->w, here = position / net->c, seen = 0;
    for (int k = 0; k < net->c; ++k) seen += field[k * plane + pixel];
    if (pixel == here) return here_colour;
    if (pixel > here) return seen ? leak_colour : later_colour;
    return seen == net->c ? seen_colour : unseen_colour;
}

picture lay_field(const network *net, int position, const unsigned char *field, int side)
{
    int longer = net->h > net->w ? net->h : net->w, scale = side / longer;
    if (scale > LARGEST) scale = LARGEST;
    if (scale < 1) scale = 1;
    int grid = scale >= LEAST_WITH_GRID, width = net->w * scale + grid, height = net->h * scale + grid;
    unsigned char *canvas = checked_calloc((size_t)width * height, CHANNELS);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const unsigned char *ink = grid_colour;
            if (!grid || (y % scale && x % scale))
                ink = colour_of_pixel(net, position, field, y / scale * net->w + x / scale);
            memcpy(canvas + ((size_t)y * width + x) * CHANNELS, ink, CHANNELS);
        }
    return (picture){.w = width, .h = height, .c = CHANNELS, .bytes = canvas};
}

void draw_field(const char *file, const network *net, int position, const unsigned char *field)
{
    picture p = lay_field(net, position, field, FILE_SIDE);
    write_picture(file, p);
    free((void *)p.bytes);
}
