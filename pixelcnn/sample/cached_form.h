/* cached_form.h - how a kind of layer is evaluated value by value: the functions that lanes.h calls for each
   layer, and those that they may call. A kind has one file cached_X.c, with one `cached_form`, and one row in
   packed_net.c; its GPU twin is cached_X_gpu.c with a row in plan_gpu.c. */
#pragma once
#include "pixelcnn/sample/lanes.h"

typedef struct cached_form {
    LAYER_TYPE type;

    /* Lays the weights out: sets out, inner (if others read it), label and own. free_packed frees what own
       points to; NULL: nothing. */
    void (*pack)(const packed_net *p, packed_layer *q);
    void (*free_packed)(const packed_net *p, packed_layer *q);

    /* Takes the memory of layer i in the lanes, by the functions below. */
    void (*make)(lanes *s, int i);

    /* In the order in which they are called; each may be NULL. */
    void (*start_row)(lanes *s, int i);      // the current row begins
    void (*row)(lanes *s, int i, int r);     // row r is complete: computes it; leaves its inner array in s->row_scratch
    void (*take)(lanes *s, int i, int from); // row_scratch holds the row above of layer `from`'s inner array
    void (*value)(lanes *s, int i, int c, int colour); // one colour at column c of the current row
} cached_form;

/* The last rows of some features for each lane, with zero margins: (lanes, rows, left + W + right, pixel).
   Or, with column 0, those of the current pixel only: (lanes, pixel). */
typedef struct {
    float *x;
    margins kept;
    size_t pixel, column, row, lane; // floats of a pixel; from one column, row, lane to the next
} lane_rows;

/* A layer in the lanes. */
typedef struct {
    lane_rows out;
    float *inner; // (lanes, inner) of the current pixel
    float *term;  // label term: (lanes, out of the label's map); spatial: (lanes, W, ...) of the current row
    void *own;    // its form's own data
} lane_layer;

struct lanes {
    const packed_net *net;
    int n, most, row;
    lane_rows image;
    lane_layer *layers;
    float *row_scratch; // (lanes, W, floats) of one layer at a time
    float *scratch;     // (lanes, floats), for one pixel
    size_t row_floats, floats;
    float *t, *hidden; // labels (lanes, K); embedded (lanes, D), spatial: (lanes, W, D) of the current row
    const float **x;   // row pointers of a panel
    int kernel_rows;   // how many
    float *zeros;
    int counting; // 1: no memory is taken, only counted
    double counted;
    void **blocks; // all memory
    int nblocks;
    lane_rows **rings; // what is zero when images start
    int nrings;
};

/* ---- for make ---- */

/* That many floats per lane, zero; freed with the lanes. */
float *lane_floats(lanes *s, size_t floats);
/* Memory for a layer's `own`, zero. */
void *lane_own(lanes *s, size_t bytes);
/* Rows of features, of which `kept` is kept, zero when images start; and features of the current pixel
   only. */
void make_lane_rows(lanes *s, lane_rows *r, margins kept, int pixel);
void make_lane_pixel(lanes *s, lane_rows *r, int pixel);
/* Reserves that many floats a pixel in row_scratch and scratch; pointers for kernels of that many rows. */
void need_scratch(lanes *s, size_t row_floats, size_t floats);
void need_kernel_rows(lanes *s, int rows);

/* ---- for the rest ---- */

/* Row r of a lane at column 0; rows above the image are zero. */
float *lane_row(const lane_rows *s, int lane, int r);
/* Source number `source` of layer i at a pixel of the current row, lane 0; *step: floats from lane to
   lane. */
const float *lane_source(const lanes *s, int i, int source, int c, size_t *step);
const lane_rows *lane_source_rows(const lanes *s, int i, int source);
/* A convolution with its weights laid out. */
typedef struct {
    const panel *map;
    const causal_conv *conv;
    const float *b;
} lane_kernel;
/* y (W, rows of the map) = b + map of the rows of one lane that end at row r. */
void convolve_lane_row(lanes *s, lane_kernel k, const lane_rows *in, int lane, int r, float *y);
