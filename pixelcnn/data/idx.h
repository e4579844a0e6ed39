/*
idx.h - IDX files, the format of MNIST, raw or gzipped.
*/
#pragma once
#include <stddef.h>

typedef enum { IDX_BYTE = 0x08, IDX_FLOAT = 0x0D } idx_type;

typedef struct {
    const char *file;
    idx_type type;
    int ndims;
    int dims[4];
    size_t items; // product of dims
    struct byte_source *source;
} idx_header;

/* Reads the header of a file of that type with least to most dimensions. Exits 1, naming file and byte, where it is not one, or
   where the file cannot hold what its dimensions say: a raw file has exactly that length, a gzipped one unpacks to at most 1,032
   times its own. Nothing is allocated for the items yet, so that the dimensions can be compared with what is wanted first. */
idx_header open_idx(const char *file, idx_type type, int least, int most);

/* The items, unsigned char or float in the machine's byte order, and the end of the file. Free them. Exits 1 where there is not
   the memory for them (available_memory.h), where the content is longer or shorter, and where it is damaged. */
void *read_idx_items(const idx_header *x);
