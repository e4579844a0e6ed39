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
    size_t start; // the byte of the content at which the items start
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

/* The next `bytes` bytes of items that are unsigned bytes, of which `before` have been read; at their end checks that the content ends
   too. Exits 1 as read_npy_bytes does, except for memory. */
void read_some_npy_bytes(const npy_header *x, unsigned char *to, size_t before, size_t bytes);

/* Whether the items are unsigned bytes that a file has as they are: not gzipped, not in an archive. */
int is_npy_raw(const npy_header *x);
/* The items of such a file, unsigned bytes, as rows that stay in it (row_file.h); closes the source. NULL, with nothing closed, if it is
   not one. Exits 1 if the file is longer, and as read_npy_bytes does. */
struct row_file *rows_of_npy(const npy_header *x, size_t row_bytes);

/* Labels: that of image i, `classes` floats. */
typedef struct {
    const float *(*label)(const void *from, int i);
    const void *from;
    const label_embed *e;
} npy_labels;

/* An array (n,H,W), or (n,H,W,C) where C > 1, written as its images come; in an archive (is_npz_name) it is x, and there are labels
   y, integers (n) if each is one class, else floats (n,classes). The file appears whole or not at all; an archive's images are in a
   nameless file beside it until they are compressed. The name must outlive the stream. Each call exits 1 where the file cannot be
   written. */
typedef struct npy_stream npy_stream;
npy_stream *open_npy_stream(const char *file, int n, int c, int h, int w);
/* The next n images (n,C,H,W). */
void append_npy_images(npy_stream *s, int n, const unsigned char *pixels);
/* labels NULL: none. An array has none. */
void close_npy_stream(npy_stream *s, const npy_labels *labels);

/* By the file's name: ends in .npz. */
int is_npz_name(const char *file);
