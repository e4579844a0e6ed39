/*
idx.h - IDX files, the format of MNIST, raw or gzipped.
*/
#ifndef IDX_H
#define IDX_H
#include <stddef.h>

typedef enum { IDX_BYTE = 0x08, IDX_FLOAT = 0x0D } idx_type;

typedef struct {
    idx_type type;
    int ndims;
    int dims[4];
    size_t items; // product of dims
    void *data;   // items of unsigned char or float, in the machine's byte order
} idx;

/* Reads a file of that type with least to most dimensions. Exits 1, naming file and byte, where it is not
   one, or where its length is not what its dimensions say. Memory grows with what the file really holds. */
idx read_idx(const char *file, idx_type type, int least, int most);

#endif
