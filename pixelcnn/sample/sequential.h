/*
sequential.h - the logits of given images, value by value, each given the true values before it: what an
arithmetic coder codes with, encoder and decoder alike.

Values come in drawing order: rows, then columns, then colours; a position counts them from 0 to C*H*W - 1.
The logits are those that the sampler draws from, to the bit: they depend on the image's own earlier values,
its label and the weights, and not on the machine, its vector instructions, the compiler, the number of
threads or the images beside it (docs/dev/exactness.md). Evaluates on the CPU.

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

/* Images in progress, all at the same position. Several may share a packed net, each on a thread of its own.
   */
typedef struct sequence sequence;

/* Bytes that make_sequence allocates for `most` images. */
double sequence_bytes(const packed_net *p, int most);
/* For up to `most` images at a time. p must outlive it. Free with free_sequence. */
sequence *make_sequence(const packed_net *p, int most);
void free_sequence(sequence *s);

/* Starts images first .. first+n-1 (their numbers, for messages), before position 0. labels (n,classes), as
   in the net's input rows: one-hot, all zeros for no label, or a mixture; NULL: no image has a label. */
void sequence_start(sequence *s, int first, int n, const float *labels);
/* Evaluates the next position in all images. All levels of the current position must have been put. Returns
   0, and evaluates nothing, after the last position. Exits with status 3 if a logit is NaN or infinite. */
int sequence_next(sequence *s);
/* Of the position that sequence_next evaluated last. The offset of its value in an image (C,H,W). */
int sequence_position(const sequence *s);
int sequence_offset(const sequence *s);
/* The logits of image i at the current position, `levels` floats, valid until the next sequence_next. */
const float *sequence_logits(const sequence *s, int i);
/* Sets the true level of image i at the current position. */
void sequence_put(sequence *s, int i, int level);
