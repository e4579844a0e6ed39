/* image_files.h - where decompress writes images, as they come: a PNG of each, one PNG, an IDX file, or a
   NumPy array. */
#pragma once
#include "layers/label_embed_layer.h"
#include "pixelcnn/commands/outputs.h"

typedef struct image_files image_files;

/* The images to be written: n of them, (c,h,w), from number `first` on. */
typedef struct {
    int first, n, c, h, w;
    const label_embed *e; // of their labels; NULL: there are none
} image_series;

/* The kind of output follows from the path:
     DIR, DIR/, DIR/%05d.png   a PNG of each image, with its number
     FILE.png                  one image
     *idx3-ubyte, *idx4-ubyte  an IDX file, grey or in colour; with classes, and *images-idx3-ubyte, *labels-idx1-ubyte beside it
     FILE.npy, FILE.npz        an array; an archive with the labels
   Exits 1 if it is none of these, or if it or labels (the CSV of -labels; NULL: none) cannot be written, is an input
   (NULL-terminated list) or the other's file. */
image_files *choose_image_files(const char *command, const char *path, const char *labels, const named_path *inputs);

/* Exits 1 if these images cannot go there. */
void begin_image_files(image_files *f, image_series s);
/* The next n images, (n,C,H,W), 8 bit, and their labels, NULL if there are none. Exits 1 if they cannot be
   written. */
void add_image_files(image_files *f, int n, const unsigned char *pixels, const float *labels);
/* Completes the files, and frees. */
void end_image_files(image_files *f);
