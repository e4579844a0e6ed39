/* heat_section.h - the part of a report that shows where held-out images have their nats. */
#pragma once
#include <stdio.h>
#include "pixelcnn/data/dataset.h"

enum { HEAT_IMAGES = 6 };

typedef struct {
    unsigned char *png; // of heat_map.h, without its scale; NULL: nothing is shown
    size_t bytes;
    size_t iteration;
    int images;
    char scale[128]; // of its bright end
} heat_section;

/* Draws maps of the first of the `held` images that follow `first` in the data set, at most HEAT_IMAGES. A
   stop signal leaves the section unchanged. Exits with status 3 on NaN or infinity. */
void draw_heat_section(heat_section *s, network *net, const dataset *d, int first, int held);

void put_heat_section(FILE *to, const heat_section *s);
void free_heat_section(heat_section *s);
