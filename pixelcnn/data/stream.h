/*
stream.h - an endless sequence of training images, reshuffled in each epoch.

Which image is at a place in the stream depends only on the seed and the place.
*/
#pragma once
#include <stdint.h>

typedef struct {
    int n; // images 0 .. n-1
    uint64_t seed;
    uint64_t epoch; // the epoch that `order` belongs to
    int *order;
} image_stream;

image_stream make_image_stream(int n, uint64_t seed);
void free_image_stream(image_stream *s);
int stream_image(image_stream *s, uint64_t place);
