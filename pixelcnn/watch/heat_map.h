/*
heat_map.h - images beside maps of how many nats each pixel takes, given those before it.

A pixel's colour goes from black (0 nats: certain) through purple, red and orange to light yellow at C *
log(levels) nats, the cost of a pixel to a net that knows nothing; so maps of one net can be compared.
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

/* A colour picture of pairs: an image, at the net's levels, and its map. nats (r.n,C,H,W): of the images'
   values (evaluate_values.h). Free its bytes. */
picture draw_heat_pairs(const network *net, const dataset *d, heat_request r, const double *nats);

/* The same with the scale below. */
picture draw_heat_map(const network *net, const dataset *d, heat_request r, const double *nats);

/* The label at the bright end of the scale: "1.39 nats per pixel or more (log 4)". */
void describe_heat_scale(const network *net, char *text, size_t size);

/* The colour of x, which is clamped to 0 .. 1: red, green, blue. */
void heat_colour(double x, unsigned char to[3]);
