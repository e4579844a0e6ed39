/*
panel.h - small linear maps of pixels that lie side by side, channels last.

    y_j = init_j + sum over runs s, k of w[s][k] * x_j[s][k]        j: one of n items, usually the pixels of a row

Taps of a convolution are runs that start elsewhere in the same padded rows: nothing is gathered. An output is
one chain of fused multiply-adds in the order of its weights, whatever n is and however the items are tiled: a
pixel's numbers do not depend on what is computed beside it. gemm libraries do not promise that. All
instruction sets give the same bits (multiply.c).
*/
#pragma once
#include <stddef.h>

#define PANEL_LANES 16 // channels are padded to a multiple of it
#define PANEL_ROWS 32  // outputs are padded to a multiple of it

/* ---- the kernel ---- */

/* n products an output: numbers x, x + x_next ... of item 0, weights w, w + w_next ... of output 0. */
typedef struct {
    const float *x, *w;
    int n;
} product_run;

/* Item j's numbers stand x_step further, the weights of outputs 32 b .. 32 b + 31 w_block further. The
   outputs of item j, 32 blocks floats at y + j * y_step, are OVERWRITTEN; init + j * init_step, as many, may
   be the same place. blocks 0: half of one, 16 outputs. */
typedef struct {
    int n, blocks, nruns;
    const product_run *runs;
    size_t x_step, x_next, w_next, w_block;
    const float *init;
    float *y;
    size_t init_step, y_step;
} products;
static inline int product_outputs(const products *t) { return t->blocks ? t->blocks * PANEL_ROWS : PANEL_ROWS / 2; }
void multiply(const products *t);

/* ---- features and maps between them ---- */

/* n channels at a pixel in `halves` halves of `groups` colour groups each; a group's part of a half takes
   `pad` floats, the rest of which is zero. The order in memory is group, half, channel. */
typedef struct {
    int n, groups, halves, pad;
} channel_layout;

static inline int padded(int n, int to) { return (n + to - 1) / to * to; }
channel_layout make_channel_layout(int n, int groups, int halves, int to); // pad: a multiple of `to`
static inline int layout_floats(channel_layout s) { return s.groups * s.halves * s.pad; }
static inline int group_floats(channel_layout s) { return s.halves * s.pad; }
/* y (layout_floats, to the next multiple of 32), OVERWRITTEN, from x (n). */
void store_channels(channel_layout s, const float *x, float *y);
/* x (n) += y (layout_floats). */
void add_channels(channel_layout s, const float *y, float *x);

/* One tap of a kernel: input row and column that it reads, and which of the input's groups. */
typedef struct {
    int row, column, first_group, groups;
} tap;

/* An array (rows, cin, ntaps) as a map from `in` to one group of `out` (-1: all). Where cin is less than the
   channels of `in`, the array is that of a grouped convolution, whose channels count from the group's first.
   transposed: from the array's rows, spread as `in`, to its columns, spread as `out`. */
typedef struct {
    int cin, ntaps, transposed;
    const tap *taps;
    channel_layout in, out;
    int group;
} map_shape;

/* A run of n inputs that starts `offset` floats into input row `row`. */
typedef struct {
    int row, offset, n;
} panel_segment;

typedef struct {
    int rows; // outputs, a multiple of PANEL_ROWS, or of half as many
    int nsegments, depth;
    panel_segment *segments;   // depth: the sum of their n
    int *of_output, *of_input; // weight (o,k) is the array's entry of_output[o] + of_input[k]; -1: zero
    float *w;                  // (blocks, depth, PANEL_ROWS), in half a block (depth, PANEL_ROWS / 2)
} panel;

static inline int panel_blocks(const panel *p) { return padded(p->rows, PANEL_ROWS) / PANEL_ROWS; }

/* Without weights yet; outputs are padded to a multiple of `to`, PANEL_ROWS or half of it. Free with
   free_panel. */
panel make_panel(const map_shape *m, int to);
void free_panel(panel *p);
/* Takes the weights from the array's current values: blocks from .. end-1 of the panel's. Different blocks
   may be filled at the same time. */
void fill_panel(panel *p, const float *w, int from, int end);
/* dw += g, g (depth, rows) in the panel's order, but where allowed (as in param; NULL: everywhere) is 0.
   Blocks as in fill_panel. */
void add_panel_gradient(const panel *p, const float *g, const unsigned char *allowed, float *dw, int from, int end);

/* Item j's inputs are x[segment.row] + segment.offset + j * x_step; a row that is NULL is all zeros. Outputs
   and init as in products. */
typedef struct {
    int n;
    const float *const *x;
    const float *init;
    float *y;
    size_t x_step, init_step, y_step;
} panel_items;
void panel_apply(const panel *p, const panel_items *t);
/* Segment *s and those that follow it, as far as their inputs do too; *s becomes that of the next. */
panel_segment next_segment(const panel *p, int *s);
/* Only some blocks, from number `from` on, or one that is half of one: blocks that stay in the cache may pass
   over many rows. */
void panel_apply_blocks(const panel *p, const panel_items *t, int from, int blocks);
