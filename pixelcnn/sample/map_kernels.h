/*
map_kernels.h - maps of whole rows of images in progress, on the device: panel_apply of panel.h for the pixels
of a row of all images, and what follows it. Launchers of map_kernels.cu.

Features lie as in lanes.h: channels last, the columns of a row side by side, each image in progress (lane) by
itself. An output is one chain of fused multiply-adds in the order of its weights, by one thread: to the bit
what the CPU computes.
*/
#pragma once
#include <stddef.h>
#include "darknet.h"
#include "layers/math/panel.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The row that all lanes are in, on the device, so that one graph of kernels serves every row. */
typedef struct {
    int row;
} draw_position;
/* Starts the next row; before row 0, at->row is -1. */
void open_row_gpu(draw_position *at, cudaStream_t stream);

/* Image row r is in row r mod rows. */
typedef struct {
    float *x;         // lane 0, row 0, column 0 of the image (margins are left of it); NULL: none
    size_t lane, row; // floats from one to the next
    int pixel;        // and from column to column; 0: the same for all
    int rows;         // kept
} row_features;

/* out = b (+ add) + the map of `in`, for lanes x columns; with a half, gated = tanh(out1 + label1) .
   sigmoid(out2 + label2), where 2 are the channels from `half` on. A run of inputs starts in image row r -
   top + run.row * step. */
typedef struct {
    const draw_position *at;
    const panel_segment *runs;
    const float *w, *b;                      // as in panel.h; b NULL: zeros
    row_features in, add, label, out, gated; // all but in and out may be none
    int adds;                                // 0: b alone; 1: b + add, where no add is zero
    int nruns, depth, outputs, half;         // outputs: a multiple of 32; half 0: no gate
    int lanes, columns;
    int back; // r is at->row - back
    int top, step;
} row_map;
void run_map_gpu(const row_map *m, cudaStream_t stream);

/* h (lanes, columns, size) = t E: t (lanes, classes), E (classes, size, height, columns), of row at->row -
   back. */
typedef struct {
    const draw_position *at;
    const float *t, *e;
    float *h;
    size_t t_lane, h_lane; // floats from one lane to the next
    int back, lanes, columns, height, classes, size;
} label_row;
void embed_row_gpu(const label_row *s, cudaStream_t stream);

#ifdef __cplusplus
}
#endif
