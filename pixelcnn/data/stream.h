/*
stream.h - training images in an endless order, each epoch shuffled anew.

Which image stands at a place of the stream depends on the seed and the place alone.
*/
#pragma once
#include <stdint.h>

typedef struct {
    int n; // images 0 .. n-1
    uint64_t seed;
    uint64_t epoch; // that order is of
    int *order;
} image_stream;

image_stream make_image_stream(int n, uint64_t seed);
void free_image_stream(image_stream *s);
int stream_image(image_stream *s, uint64_t place);
