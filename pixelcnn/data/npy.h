/*
npy.h - NumPy's array files: .npy, raw or gzipped, and .npz archives of them.
Format: numpy.lib.format, versions 1.0 to 3.0.
*/
#pragma once
#include <stddef.h>
#include "layers/label_embed_layer.h"

enum { NPY_MOST_DIMS = 4 };

typedef struct {
    const char *name;   // for messages: the file, or FILE(MEMBER)
    char kind;          // 'u' unsigned, 'i' signed, 'f' floating point, 'b' boolean
    int bytes, swapped; // of an item; 1: in the other byte order than this machine's
    int ndims;
    int dims[NPY_MOST_DIMS];
    size_t items; // product of dims
    struct byte_source *source;
} npy_header;

/* Reads the header from a source that is open. Exits 1, naming file and byte, where it is not one of an array of 1 to 4 dimensions
   of these kinds in C order, or where the file cannot hold what its shape says. Nothing is allocated for the items yet. */
npy_header open_npy(struct byte_source *source, const char *name);

/* The items as unsigned char (of kind u and 1 byte, or of kind b: 0 and 255), as integers, or as floats; and the end of the file. Free them. Exit 1 where the
   memory is missing, where the content is longer or shorter, and where an item is of another kind or does not fit. */
unsigned char *read_npy_bytes(const npy_header *x);
int *read_npy_integers(const npy_header *x);
float *read_npy_floats(const npy_header *x);

/* Images (n,C,H,W) of bytes, and with them labels. */
typedef struct {
    int n, c, h, w;
    const unsigned char *pixels;
    const float *labels; // (n,e->classes); NULL: none
    const label_embed *e;
} npy_images;

/* Writes the images as an array (n,H,W), or (n,H,W,C) where C > 1, in one piece: the file appears whole or not at all. Exits 1
   where it cannot be written. */
void write_npy_images(const char *file, const npy_images *x);

/* Writes an archive, whole or not at all: x, the images as above, and with labels y, integers (n) if each is one class, else
   floats (n,classes). Exits 1 where it cannot be written. */
void write_npz_images(const char *file, const npy_images *x);

/* By the file's name: ends in .npz. */
int is_npz_name(const char *file);
