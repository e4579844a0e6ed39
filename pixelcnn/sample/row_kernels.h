/*
row_kernels.h - a row of images in progress on the device, pixel by pixel, in one launch: what reads the row
itself, and the draws. Launcher of row_kernels.cu.

A block owns 1, 2, 4 or 8 lanes and walks the row with __syncthreads alone. What it does at a pixel is a
program of steps, the same for all blocks, which plan_gpu.h makes of the net. The features that it reads are
those of the row's last columns: they stay in shared memory, one area for each lane, if they fit there. The
weights come from the second-level cache in the order of the program, in chunks, while the chunk before is
used.

An output is one chain of fused multiply-adds in the order of its weights, by one thread for each lane: to the
bit what the CPU computes, whatever the number of lanes in a block. The whole file is compiled without fusing
products and sums.
*/
#pragma once
#include <stdint.h>
#include "pixelcnn/sample/map_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ROW_THREADS 256
#define ROW_CHUNK 4096 // floats of weights that are copied at a time: 16 rows of 256 outputs
#define ROW_CHUNKS 3   // one that is used, two under way
#define MOST_ROW_LANES 8

/* The request for the images in progress, as in sampler.h; on the device, so that one graph serves all
   requests. */
typedef struct {
    int n, has_keep;
    int guided; // lanes 2i and 2i + 1 are image i with its label and without; else lane i is image i
    uint64_t first, seed;
    double temperature, guidance;
} draw_request;

/* n floats of a lane's features. `slots` columns are kept: column c of the row, with `pixel` floats, is in
   slot c mod slots, of which the first starts at `first`. The place is that of the column `column` away from
   the current one. */
typedef struct {
    int first, slots, pixel, column, n;
} row_place;

typedef enum { LOAD_STARTS, PRODUCTS, GATE, ACTIVATE, DRAW } row_step_kind;

/* Places are numbers in the program's table.
   LOAD_STARTS  a new pixel: finds out where its places are, and loads what the row above gives to it
   PRODUCTS     outputs += the products of the inputs at places from .. from + runs - 1 with a chunk of
                weights; the first chunk of a chain starts it, the last one writes activation(outputs (+ add))
                to `to`
   GATE         to = tanh(first half of from) . sigmoid(second half)
   ACTIVATE     to = activation(from)
   DRAW         draws a colour from the logits at `from`, its features go to `to` */
typedef struct {
    int kind, from, to;
    int colour; // DRAW
    int activation;
    int warps; // PRODUCTS: outputs / 32
    int is_first, is_last;
    int start;              // where a chain starts: a float of the lane; -1: the bias, first in the chunk
    int runs, add;          // add -1: none
    int quads;              // of its chunk, in float4
    int ahead, ahead_quads; // the chunk after the next one, which is fetched while this one is used
} row_step;

/* What the kernel is given; its pointers are to device memory. */
typedef struct {
    const draw_position *at;
    const draw_request *request;
    const row_step *steps;
    const row_place *places;
    const float *weights;
    float *memory;              // of the blocks, where shared memory does not hold it; else NULL
    const unsigned char *keep;  // (H,W)
    const int *drawn_columns;   // (H), with has_keep: how many columns of a row are evaluated
    unsigned char *drawn;       // (n,C,H,W)
    double *nll;                // (n): NaN where a logit was NaN or infinite
    const float *inputs;        // (levels, features): those of each level
    float *logits;              // (lanes,W,C,levels) of the row: what nats are counted from; NULL: not wanted
    int all_columns;            // 1, for tests: given columns at the end of a row are evaluated too
    row_features image, starts; // starts: what the row above gives to each pixel, nstarts floats
    int nsteps, nplaces, nstarts;
    int first_start, floats; // where the starts are in a lane's features; how many features
    int chunk[2], quads[2];  // the first two chunks, in float4
    int lanes, colours, height, width, levels;
    int features; // of a value, that the stacks see
} row_walk;

/* Bytes of shared memory of a block, and floats of `memory` where that is not NULL. */
size_t row_shared_bytes(const row_walk *w, int lanes_a_block);
size_t row_memory_floats(const row_walk *w, int lanes_a_block);
/* Once before the first launch: allows that much shared memory. */
void prepare_row_gpu(const row_walk *w, int lanes_a_block);
/* Draws the row at->row: OVERWRITES its values in drawn, unless they are given, and writes all of them into
   the image. An image's nll becomes NaN if a logit is NaN or infinite, at any temperature. w->lanes is a
   multiple of lanes_a_block: 1, 2, 4 or 8. */
void walk_row_gpu(const row_walk *w, int lanes_a_block, cudaStream_t stream);
/* Then, from the logits: ADDS the nats of the row's drawn values to nll, value by value. */
void count_nats_gpu(const row_walk *w, int images, cudaStream_t stream);

#ifdef __cplusplus
}
#endif
