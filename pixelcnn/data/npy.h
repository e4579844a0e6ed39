/* npy.h - NumPy's array files: .npy, raw or gzipped, and .npz archives of them. Format: numpy.lib.format,
   versions 1.0 to 3.0. */
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

/* Reads the header from an open source. Exits 1, naming file and byte, if it does not describe an array of 1
   to 4 dimensions of these kinds in C order, or if the file cannot hold what the shape says. Allocates
   nothing for the items. */
npy_header open_npy(struct byte_source *source, const char *name);

/* Read the items as unsigned char (kind u of 1 byte, or kind b as 0 and 255), as integers, or as floats, and
   check that the content ends. Free them. Exit 1 if there is not enough memory, if the content is longer or
   shorter, or if the items are of another kind or do not fit. */
unsigned char *read_npy_bytes(const npy_header *x);
int *read_npy_integers(const npy_header *x);
float *read_npy_floats(const npy_header *x);

/* Reads the next `bytes` bytes of items that are unsigned bytes, after `before` bytes; after the last item
   checks that the content ends. Exits 1 as read_npy_bytes does, except for memory. */
void read_some_npy_bytes(const npy_header *x, unsigned char *to, size_t before, size_t bytes);

/* Whether the items are unsigned bytes stored in a plain file: neither gzipped nor in an archive. */
int is_npy_raw(const npy_header *x);
/* The items of such a file as rows that stay in it (row_file.h); closes the source. NULL, with nothing
   closed, if it is no such file. Exits 1 if the file is longer, and as read_npy_bytes does. */
struct row_file *rows_of_npy(const npy_header *x, size_t row_bytes);

/* label(from, i) returns the label of image i, `classes` floats. */
typedef struct {
    const float *(*label)(const void *from, int i);
    const void *from;
    const label_embed *e;
} npy_labels;

/* An array (n,H,W), or (n,H,W,C) if C > 1, written as its images come. In an archive (is_npz_name) its name
   is x, and labels are y: integers (n) if each is one class, else floats (n,classes). The file appears whole
   or not at all; an archive's images are in a nameless file beside it until they are compressed. The name
   must outlive the stream. Each call exits 1 if the file cannot be written. */
typedef struct npy_stream npy_stream;
npy_stream *open_npy_stream(const char *file, int n, int c, int h, int w);
/* Appends n images (n,C,H,W). */
void append_npy_images(npy_stream *s, int n, const unsigned char *pixels);
/* labels: of an archive; NULL: none. */
void close_npy_stream(npy_stream *s, const npy_labels *labels);

/* Whether the file's name ends in .npz. */
int is_npz_name(const char *file);
