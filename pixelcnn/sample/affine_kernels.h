/*
affine_kernels.h - affine operations on images in progress on the device, each with all that follows it in the
same kernel. Launchers of affine_kernels.cu.

An image in progress is a lane, as in lanes.h. Lanes are the innermost axis of every array: a warp reads
adjacent floats for any number of channels, and a row of pixels is one run of columns x lanes.

    s = b + add + sum over taps and channels of w * in         plain: y = activation(s)
                                                               gated: y = tanh(s1 + label1) . sigmoid(s2 + label2)

An output is the sum of AFFINE_SLICES partial sums in a fixed order, each over every AFFINE_SLICES-th channel
of each tap: the result of a lane depends neither on the number of lanes nor on the size of the tiles.
*/
#pragma once
#include <stddef.h>
#include "darknet.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AFFINE_LANES 32 // lanes of a block: a warp
#define AFFINE_SLICES 8 // threads that share the inputs of an output

/* The position of all lanes, on the device, so that one graph of kernels serves every pixel. */
typedef struct {
    int row, column;
    int value; // values started so far, of all rows; the current one is value - 1, counted as in sampler.h
} draw_position;

/* Features (rows, channels, columns, lanes) on the device. Image row r is in row r mod rows. */
typedef struct {
    float *x;            // row 0, channel 0, column 0 of the image (margins left of it), lane 0; NULL: none
    size_t row, channel; // floats from one to the next
    int rows;            // kept
    int columns;         // 0: the same for all columns
} feature_view;

/* No padding between the members: the emulator searches arguments for pointers, and an unwritten word could
   look like one. */
typedef struct {
    draw_position *at;
    int back;                        // it computes row at->row - back
    int pixel;                       // 1: of that row column at->column; 0: all of it
    int counts;                      // 1: the first kernel of a value, which increments at->value
    int lanes;                       // of a pixel, as all features have them
    int wide;                        // lanes x columns that it computes
    int down, across, top, row_step; // tap (i,j) reads row r - top + i * row_step
    int channels, last;              // inputs of a tap; of the last one
    int depth;                       // inputs of all taps
    int outputs, tile;               // gated: pairs of channels; channels a block computes (4 or 8), of both halves
    ACTIVATION activation;           // plain only
    int half;                        // gated only: channels from the first half to the second in add, whole, label
    ptrdiff_t first, tap_step;       // tap (i,j) reads first + j * tap_step floats from the output's position
    const float *w, *b;        // (tiles, depth, tile), (tiles, tile); gated: first halves, then second ones; b NULL: 0
    feature_view in, add, out; // add.x NULL: none; out.x NULL: not needed (gated only)
    feature_view whole, label; // gated only. whole: keeps s; x NULL: not kept, no label
} affine;

/* Computes one: out and whole OVERWRITTEN. */
void run_affine_gpu(const affine *m, int gated, cudaStream_t stream);

/* h (size, columns, lanes) = t E at the row's positions: t (classes, lanes), e (classes, size, height,
   columns). */
typedef struct {
    const draw_position *at;
    int back, lanes, columns, height, classes, size;
    const float *t, *e;
    float *h;
} spatial_label;
void embed_row_gpu(const spatial_label *s, cudaStream_t stream);

#ifdef __cplusplus
}
#endif
