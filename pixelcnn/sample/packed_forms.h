/* packed_forms.h - what each cached form keeps of a layer's weights (packed_layer.own), for its twins on CPU
   and device. */
#pragma once
#include "pixelcnn/sample/packed_net.h"

typedef struct {
    panel first, conv; // first: factored only
    float *b1, *b;
    margins kept_u; // rows of u that the second kernel reads
} packed_vstack;

typedef struct {
    channel_layout z;
    panel conv[MAX_COLOURS], out[MAX_COLOURS]; // one for each colour group
    panel link;
    float *b, *br;
} packed_hstack;

typedef struct {
    int sources; // with a map; an activation has none
    panel *maps; // (sources, colours)
    float *b;
} packed_head;
