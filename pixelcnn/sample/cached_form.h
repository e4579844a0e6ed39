/* cached_form.h - how a kind of layer is evaluated value by value: the functions that lanes.h calls for each
   layer, and those that they may call. A kind has one file cached_X.c, with one `cached_form`, and one row in
   packed_net.c; its GPU twin is cached_X_gpu.c with a row in plan_gpu.c. */
#pragma once
#include "base/threads.h"
#include "pixelcnn/sample/lanes.h"

typedef struct cached_form {
    LAYER_TYPE type;

    /* Lays the weights out: sets out, inner (if others read it), label and own. free_packed frees what own
       points to; NULL: nothing. */
    void (*pack)(const packed_net *p, packed_layer *q);
    void (*free_packed)(const packed_net *p, packed_layer *q);

    /* Takes the memory of layer i in the lanes, by the functions below. */
    void (*make)(lanes *s, int i);

    /* Each may be NULL. Some columns of a row:
       row    columns of row r, whose input is known: computes them; a (lanes, W, inner) gets its inner array
       start  columns of the row below, before they are drawn: with what does not depend on the image
       take   after start: adds what depends on layer `from`'s inner array a */
    void (*row)(lanes *s, int i, int r, index_range columns, float *a);
    void (*start)(lanes *s, int i, index_range columns);
    void (*take)(lanes *s, int i, int from, index_range columns, const float *a);
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
    long done;    // of the vertical stack: pixels that it has computed
    int busy;     // 1: a thread is computing some
} lane_layer;

/* How far the drawing and the vertical stack are (lane_stack.c). */
typedef struct {
    long drawn; // pixels of the image that are complete
    long ready; // pixels that can be drawn, as far as the vertical stack is concerned
    int helped; // 1: another thread may compute some
} stack_progress;

struct lanes {
    const packed_net *net;
    int n, most, row;
    stack_progress stack;
    lane_rows image;
    lane_layer *layers;
    float *row_scratch[2]; // for the thread that draws and one that helps: (lanes, W, floats) of a layer
    float *scratch;        // (lanes, floats), for one pixel
    size_t row_floats, floats;
    float *t, *hidden; // labels (lanes, K); embedded (lanes, D), spatial: (lanes, W, D) of the current row
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
/* Reserves that many floats a pixel in row_scratch and scratch. */
void need_scratch(lanes *s, size_t row_floats, size_t floats);

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
/* y (columns, rows of the map) = b + map of these columns of the rows of one lane that end at row r. */
void convolve_lane_row(lane_kernel k, const lane_rows *in, int lane, int r, index_range columns, float *y);

/* ---- between lanes.c and lane_stack.c ---- */

/* The label terms for row r: of the layers that are computed row by row, of those that are computed value by
   value, or of both. */
void label_terms(lanes *s, int r, int of_rows, int of_values);
/* New images, of which no pixel is drawn; nobody helps until some are. */
void start_stack(lanes *s);
/* The first row, above which there is nothing, can be drawn. */
void start_first_row(lanes *s);
/* The first `drawn` pixels are complete: the vertical stack computes, or a helper has, until the first `wanted`
   can be drawn. */
void stack_until(lanes *s, long drawn, long wanted);
