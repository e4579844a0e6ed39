/*
formats.h - helpers for the tests of data set formats: nets, folders, pictures, refused data.
*/
#pragma once
#include "layers/label_embed_layer.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/data/npy.h"
#include "tests/support.h"

/* A net for images of that shape, from the file scratch("net.cfg"); classes 0: without labels. */
network *make_net(int c, int h, int w, int classes);

/* Empties a folder in scratch and makes the sub-folders that a list of words names. Up to 4 paths stay
   valid. */
const char *make_folder(const char *name, const char *subs);
/* The path of a file in a folder. Up to 8 stay valid. */
const char *in(const char *folder, const char *name);

void add_text(const char *folder, const char *name);
/* Writes pixels (h,w,c) as PNG or JPEG, depending on the file's name. */
void add_picture(const char *folder, const char *name, int c, int h, int w, const unsigned char *x);
/* A grey picture of one value, up to 64 x 64. */
void add_flat(const char *folder, const char *name, int h, int w, int value);
/* A folder with train/ and test/, n images (4,5) each in their classes a, of values 10 + k, and b, 100 +
   k. */
const char *make_pictures(const char *name, int n);

/* Whether the label of image i is class k, one-hot. */
int is_of_class(const dataset *d, int i, int k);
/* (n,c,h,w), from memory or file. Valid until the next call. */
const unsigned char *all_images(const dataset *d);

/* Loading must exit 1 with one line that starts with the folder or its file and contains `says`. */
void refuses(const network *net, const char *folder, data_split which, const char *file, const char *says);

/* Images (n,C,H,W) of bytes, and with them labels. */
typedef struct {
    int n, c, h, w;
    const unsigned char *pixels;
    const float *labels; // (n,e->classes); NULL: none
    const label_embed *e;
} npy_images;

/* As an array, or as an archive (pixelcnn/data/npy.h). */
void write_npy_images(const char *file, const npy_images *x);
