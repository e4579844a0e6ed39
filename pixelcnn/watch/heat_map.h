/*
heat_map.h - images beside maps of how many nats each pixel takes, given those before it.

A pixel's colour goes from black (0 nats: certain) over purple, red and orange to light yellow, which is reached at C * log(levels)
nats, what a pixel takes from a net that knows nothing; so maps of one net can be compared.
*/
#pragma once
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/pictures/sheet.h"

typedef struct {
    int first, n; // images of the data set
    int scale;    // enlarge each pixel; 0: to about 500 pixels in all
} heat_request;

/* Exits 1 if the picture would be too large. Call it before the work. */
void check_heat_map(const char *file, const network *net, heat_request r);

/* A picture in colour: pairs of an image, at the net's levels, and its map, from the nats of the images' values (r.n,C,H,W)
   (evaluate_values.h). Free its bytes. */
picture draw_heat_pairs(const network *net, const dataset *d, heat_request r, const double *nats);

/* The same with the scale below. */
picture draw_heat_map(const network *net, const dataset *d, heat_request r, const double *nats);

/* What stands at the bright end of the scale: "1.39 nats per pixel or more (log 4)". */
void describe_heat_scale(const network *net, char *text, size_t size);

/* The colour of x, which is clamped to 0 .. 1: red, green, blue. */
void heat_colour(double x, unsigned char to[3]);
