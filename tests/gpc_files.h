/*
gpc_files.h - helpers for the tests of compressed images: nets, images, files in memory and what comes out of
them.
*/
#pragma once
#include "pixelcnn/codec/compress.h"
#include "tests/gpc_layout.h"
#include "tests/support.h"

#define TINY(h, w, classes, levels)                                                                                    \
    "[net]\nbatch=2\nheight=" #h "\nwidth=" #w "\n[label_embed]\nclasses=" #classes "\nsize=2\ndropout=0.1\n"          \
    "[gated_vstack]\nfilters=2\n[gated_hstack]\nfilters=2\nmask=a\n[skip_sum]\nfilters=2\n"                            \
    "[convolutional]\nfilters=" #levels "\nactivation=linear\n[pixel_softmax]\nlevels=" #levels "\n"

/* n images of random levels, every fifth of one level only, as the bytes of these levels. Free them. */
unsigned char *some_images(const network *net, int n);

/* Images in memory, with their labels; NULL: none. Nothing of it is to be freed but the arrays. */
dataset set_of_images(const network *net, int n, unsigned char *images, float *labels);

/* The file of a set; free its data. nll: NULL, or (n), OVERWRITTEN. */
byte_buffer compressed(network *net, const dataset *d, int block, double *nll);

/* What comes out of a file in memory. */
typedef struct {
    network *net;
    const unsigned char *bytes;
    size_t size;
    int first, n; // n 0: all
    unsigned char *pixels;
    float *labels;
    int done;
} extraction;

/* For catch_die: reads an extraction's file, compares it with the net and decompresses. */
void extract(void *what);
void free_extraction(extraction *x);
