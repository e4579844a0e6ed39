/* idx.h - IDX files, the format of MNIST: reads them, raw or gzipped, and writes their headers. */
#pragma once
#include <stddef.h>
#include "base/atomic_file.h"

typedef enum { IDX_BYTE = 0x08, IDX_FLOAT = 0x0D } idx_type;

typedef struct {
    const char *file;
    idx_type type;
    int ndims;
    int dims[4];
    size_t items; // product of dims
    struct byte_source *source;
} idx_header;

/* Reads the header of a file of the given type with `least` to `most` dimensions. Exits 1, naming file and
   byte, if it is not such a file or cannot hold its items: a raw file must have the exact length, a gzipped
   one unpacks to at most 1,032 times its size. Allocates nothing for the items yet, so that the caller can
   check the dimensions first. */
idx_header open_idx(const char *file, idx_type type, int least, int most);

/* The same for a file of classes (IDX_BYTE) or label vectors (IDX_FLOAT), one for each image. */
idx_header open_idx_labels(const char *file, idx_type type, int images);

/* The items of a raw file as rows that stay in it (row_file.h); closes the source. NULL, with nothing closed,
   if it is gzipped. */
struct row_file *rows_of_idx(const idx_header *x, size_t row_bytes);

/* Reads the next `bytes` bytes of the items, after `before` bytes, unchanged; after the last item checks that
   the content ends. Exits 1 as read_idx_items does, except for memory. */
void read_idx_bytes(const idx_header *x, unsigned char *to, size_t before, size_t bytes);

/* Converts n floats between the file's byte order and the machine's, in place. */
void order_idx_floats(unsigned char *data, size_t n);

/* Passes the items of a file of bytes to take(context, items, n), block by block, until that returns nonzero
   or the file ends; then closes the file. Exits 1 as read_idx_items does, except for memory. */
void scan_idx_bytes(const idx_header *x, int (*take)(void *context, const unsigned char *items, size_t n),
                    void *context);

/* Reads the items, unsigned char or float in the machine's byte order, and closes the file. Free them. Exits
   1 if they need more memory than is available (available_memory.h), and if the content is damaged, longer or
   shorter. */
void *read_idx_items(const idx_header *x);

/* Writes the header of a file whose items follow. */
void write_idx_header(atomic_file *f, idx_type type, int ndims, const int *dims);
