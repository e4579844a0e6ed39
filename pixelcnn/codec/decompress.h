/*
decompress.h - a .gpc file to images.

Takes any bytes: ends in images whose checks hold, or in one line and exit status 1, or status 3 where damaged
bytes lead a net to NaN or infinity. Memory: what `sequence_bytes` says and one block of images and its bytes,
for each thread; 12 bytes for each 8 of the index. Time: that of drawing as many images as the blocks have
that were asked for.
*/
#pragma once
#include "pixelcnn/codec/container.h"

typedef struct {
    const gpc_file *file;
    int first, n; // images first .. first+n-1, which the file must have
    /* Receives images first .. first+n-1 of the file, in order, on the calling thread: pixels (n,C,H,W), 8
       bit; labels (n,classes), NULL for a net without labels. Both are valid until it returns. */
    void (*receive)(void *context, int first, int n, const unsigned char *pixels, const float *labels);
    void *context;
} decompression;

/* Decompresses the blocks that have these images, one on each thread at a time, and checks all of each. net:
   has passed need_gpc_net. Computes on the CPU, for a net on a device too. Counts each value as progress. A
   caller who cancels ends it early; then not all images are received. The ranks of a job (base/ranks.h),
   which must all call it, share the blocks; rank 0 receives the images. */
void decompress_images(network *net, const decompression *w);

/* How many images of blocks that is. */
int images_to_decompress(const gpc_file *f, int first, int n);
