/*
sequential.h - the logits of given images, value by value, each given the true values before it: what an arithmetic coder codes
with, encoder and decoder alike.

Values come in drawing order: rows, then columns, then colours; a position counts them from 0 to C*H*W - 1. The logits are those
that the sampler draws from, to the bit: they depend on the image's own earlier values, its label and the weights, and not on the
machine, its vector instructions, the compiler, the number of threads or the images beside it (docs/dev/exactness.md). A net on a
device is evaluated on the CPU, from the device's current weights.

With all threads:

    evaluate_sequentially(net, &(sequential_request){.n = n, .together = 16, .labels = labels, .code = f, .context = c});

or on the calling thread, with control over each step:

    packed_net *p = pack_net(net);
    sequence *s = make_sequence(p, 16);
    sequence_start(s, first, n, labels);
    while (sequence_next(s))
        for (int i = 0; i < n; ++i) sequence_put(s, i, level_of(i, sequence_position(s), sequence_logits(s, i)));
    free_sequence(s);
    free_packed_net(p);
*/
#pragma once
#include "pixelcnn/sample/packed_net.h"

/* ---- one step at a time ---- */

/* Images in progress, all at the same position. Several may share a packed net, each on a thread of its own. */
typedef struct sequence sequence;

/* Bytes that make_sequence allocates for `most` images. */
double sequence_bytes(const packed_net *p, int most);
/* For up to `most` images at a time. p must outlive it. Free with free_sequence. */
sequence *make_sequence(const packed_net *p, int most);
void free_sequence(sequence *s);

/* Starts images first .. first+n-1 (their numbers, for messages), before position 0. labels (n,classes), as in the net's input rows: one-hot, all zeros for no label, or a
   mixture; NULL: no image has a label. */
void sequence_start(sequence *s, int first, int n, const float *labels);
/* Evaluates the next position in all images. All levels of the current position must have been put. Returns 0, and evaluates
   nothing, after the last position. Exits with status 3 if a logit is NaN or infinite. */
int sequence_next(sequence *s);
/* Of the position that sequence_next evaluated last. The offset of its value in an image (C,H,W). */
int sequence_position(const sequence *s);
int sequence_offset(const sequence *s);
/* The logits of image i at the current position, `levels` floats, valid until the next sequence_next. */
const float *sequence_logits(const sequence *s, int i);
/* Sets the true level of image i at the current position. */
void sequence_put(sequence *s, int i, int level);

/* ---- all at once, by all threads ---- */

/* The current position of a block of images, for the function that codes them. */
typedef struct {
    int block;            // its number: images block * together ...
    int first, n;         // images first .. first + n - 1
    int position, offset; // in drawing order; in an image (C,H,W)
    int levels;
    const float *logits; // of the block's first image; those of image i are at logits + i * step
    size_t step;
    unsigned char *level; // (n): the true levels, to be OVERWRITTEN by the function
} value_block;

typedef struct {
    int n, together; // images, and of a block, which one thread evaluates side by side; the last block may have fewer
    const float *labels; // (n,classes); NULL: no image has a label
    /* Codes the values of a block. Called for a block by one thread, position by position; for different blocks by several
       threads at a time. A nonzero result ends the work: nothing more is coded. */
    int (*code)(void *context, const value_block *v);
    void *context;
} sequential_request;

/* Codes all images. Returns 0, or the first result of `code` that was not 0. Counts each value as progress. A caller who cancels
   (base/cancel.h) ends it early, and the result is then meaningless. */
int evaluate_sequentially(network *net, const sequential_request *w);

/* ---- from logits to levels ---- */

/* share (MOST_LEVELS), OVERWRITTEN: e^(logit - greatest logit) of each level, 1 for the likeliest, then zeros. Exact: the same
   bits everywhere. Returns the likeliest level, the first of equals. */
int level_shares(const float *logits, int levels, float *share);
/* The nats of a level under softmax(logits): to the bit what the sampler counts for a level that it draws. */
double level_nats(const float *logits, int levels, int level);
