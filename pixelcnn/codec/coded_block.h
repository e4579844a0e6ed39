/*
coded_block.h - a block: some images, coded one behind the other's first values into one sequence of symbols.

The images of a block are taken `together` at a time. Of these first the labels are coded, image by image,
where each has its own; then the values in drawing order, at each position those of all images. Images that
are together are evaluated side by side, which costs half as much as one by one; blocks are independent of
each other.
*/
#pragma once
#include "pixelcnn/codec/range_coder.h"
#include "pixelcnn/sample/sequential.h"

/* The values of a file, in its header. */
typedef enum {
    LABELS_NONE,       // the net takes none
    LABELS_ONE_CLASS,  // all images have the same; number K: zeros
    LABELS_CLASSES,    // each image has one
    LABELS_ONE_VECTOR, // K numbers, the same for all
    LABELS_VECTORS,    // K numbers for each image
    LABEL_KINDS
} label_kind;

/* What all blocks of a file have in common. */
typedef struct {
    const packed_net *net;
    label_kind labels;
    int classes;      // K; 0: the net takes no labels
    const float *one; // (classes): the label of all images, where they have one
    int together;
} block_coding;

/* Images number `first` and so on of a file. */
typedef struct {
    int first, n;
    float *labels;         // (n,classes); NULL: the net takes none
    unsigned char *levels; // (n,C,H,W)
    double *nll;           // (n), OVERWRITTEN: nats of the levels, to the bit the sampler's; NULL: not wanted
    int asks;              // 1: on the calling thread, which asks whether to go on (base/cancel.h)
} image_block;

/* Codes labels and levels into e->bytes. s: of at least `together` images. Returns the block's check: the low
   half of the XXH64, with seed `first`, of the coded bytes, then the labels where they are coded, then the
   levels. Exits with status 3 if a logit is NaN or infinite. Counts each value as progress. Where the caller
   cancels, the result is meaningless. */
uint32_t encode_block(const block_coding *c, sequence *s, const image_block *b, range_encoder *e);

/* Decodes labels and levels, OVERWRITTEN, from n bytes, whatever they are, and returns the check. name: of
   the file. Exits 1 if a label cannot be one. */
uint32_t decode_block(const block_coding *c, sequence *s, const image_block *b, range_decoder *d, const char *name);

/* [all] Blocks that a rank codes at a time, at most `blocks`: as share_work asks, the same on all ranks, even
   where they have different numbers of threads. */
int blocks_at_once(int blocks);

/* What a block of n images can take at most. */
double most_block_bytes(const block_coding *c, int n);
