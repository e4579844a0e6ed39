/*
compress.h - images to a .gpc file: an arithmetic coder over the net's own distribution of each value.

The bytes depend on images, labels, net and block alone: not on the number of threads, nor on what they run on
(sample/sequential.h). Computes on the CPU, for a net on a device too, with the weights that it has there.
*/
#pragma once
#include "pixelcnn/codec/container.h"
#include "pixelcnn/data/dataset.h"

typedef struct {
    const dataset *d; // with labels if the net takes them
    int n;            // its first images
    int block;        // images per block, 1 to MOST_IN_BLOCK; 0: a power of 2, with about 128 KiB of levels
    double *nll;      // (n), OVERWRITTEN: nats of each image; NULL: not wanted
    /* Receives the file, piece by piece, on the calling thread. */
    void (*write)(void *context, const void *bytes, size_t n);
    void *context;
    int quantised; // 1, which the file records: the images are what the net sees of those that were given
} compression;

/* Compresses the images, block by block, one on each thread at a time, in memory that does not grow with n
   (the index aside: 8 bytes per block). Returns the number of bytes. Exits 1 if that memory is not available,
   and with status 3 if a logit is NaN or infinite. Counts each value as progress. A caller who cancels ends
   it early, and the result is then meaningless. The ranks of a job (base/ranks.h), which must all call it,
   share the blocks; only rank 0's `write` is called, and only its nll is set. */
uint64_t compress_images(network *net, const compression *w);

/* The most bytes that n images can take. */
double most_compressed_bytes(network *net, int n, int block);

/* Finds the first 8-bit value of n images that no level of the net stands for (byte_of_level): compressing
   would lose it. Returns its position, or -1 if there is none; *value becomes the value. */
long long find_lost_value(const dataset *d, int n, int levels, int *value);

/* Gives each image the class under which it has the fewest nats as its label. Takes as long as evaluating the
   images under each class. */
void choose_cheapest_labels(network *net, dataset *d);
