/*
container.h - .gpc files: the container around the coded blocks. docs/compression.md describes each byte.

Little-endian: a header of GPC_HEADER bytes; the label of all images, where that is a vector; the blocks'
bytes; for each block its length and its check; a hash of all but the blocks' bytes. What a file says is
compared with its length and with the limits below before anything is allocated for it.
*/
#pragma once
#include "base/atomic_file.h"
#include "pixelcnn/codec/coded_block.h"

enum {
    GPC_VERSION = 1,
    GPC_ARITHMETIC = 1, // raised whenever a net's logits or level_parts.h change in any bit
    GPC_HEADER = 64,
    GPC_ENTRY = 8, // of the index
    GPC_END = 8,
    MOST_IN_BLOCK = 4096, // images
    MOST_TOGETHER = 64
};

typedef struct {
    uint64_t meaning, weights; // of the net: net_meaning, hash_of_weights
    uint32_t images, height, width, channels, levels;
    uint32_t in_block, together; // images
    uint32_t labels;             // a label_kind
    uint32_t quantised;          // 1: the images had other values, which became these levels
    uint32_t classes;            // floats per label; 0: none
    uint32_t class;              // of all images, with LABELS_ONE_CLASS; `classes`: zeros
} gpc_header;

/* The XXH64 of a net's learned weights, in the order of a weights file. */
uint64_t hash_of_weights(const network *net);

/* The number of blocks, and of images in block b. */
int gpc_blocks(const gpc_header *h);
int images_in_block(const gpc_header *h, int b);

/* ---- writing ---- */

/* The index under way. */
typedef struct {
    XXH64_state_t hash;
    unsigned char *bytes;
    size_t n;
} gpc_index;

/* Writes the header to bytes[GPC_HEADER + 4 * classes]; label (classes) is used with LABELS_ONE_VECTOR.
   Returns its length. Starts the index, whose memory is for as many blocks as the header says. */
size_t begin_gpc(const gpc_header *h, const float *label, unsigned char *bytes, gpc_index *to);
/* Adds the next block. */
void add_gpc_block(gpc_index *x, size_t bytes, uint32_t check);
/* The end of the file: x->bytes, x->n. Free x->bytes. */
void end_gpc(gpc_index *x);

/* ---- reading ---- */

/* A file, or its content in memory; several threads may read it. */
typedef struct {
    const char *name;
    FILE *stream;               // NULL: in memory
    const unsigned char *bytes; // of the file, if in memory
    uint64_t size;
} gpc_source;

/* Exits 1 if the file cannot be opened; close it with fclose(stream). */
gpc_source open_gpc_file(const char *name);

typedef struct {
    gpc_source from;
    gpc_header h;
    float *label;    // (classes): of all images, where they have one; else NULL
    uint64_t *at;    // where each block starts, and the last one ends
    uint32_t *check; // of each block
} gpc_file;

/* Reads and checks everything but the blocks. Exits 1, naming file and byte, if the file is not a .gpc file,
   damaged, or of another version. Free with free_gpc_file. */
gpc_file *read_gpc_file(gpc_source from);
void free_gpc_file(gpc_file *f);

/* Exits 1 unless the file was compressed with this net and its weights; of a net on a device those that it
   has there, which the CPU's side gets. */
void need_gpc_net(const gpc_file *f, network *net);

/* The bytes of block b, to[f->at[b + 1] - f->at[b]]. Exits 1 if the file cannot be read or has become
   shorter. */
void read_gpc_block(const gpc_file *f, int b, unsigned char *to);
