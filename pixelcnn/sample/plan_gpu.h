/*
plan_gpu.h - a packed net as work for the device: what is computed of whole rows, by maps (map_kernels.h), and
the program of a pixel (row_kernels.h). Weights, layouts and order of sums are those of packed_net.h; a device
computes the CPU's bits.

At the start of a row the vertical stack computes the row above, and gives each horizontal layer where its
gate starts: two maps for a pair of layers. Then one kernel walks the row. For each colour of a pixel the
program has a gate and a projection for each horizontal layer, and a chain for the skip sum and for each layer
of the head, with all their sources; a chain whose weights do not fit into a chunk takes several steps.

A kind of layer has one file cached_X_gpu.c, with one `form_gpu`, and one row in plan_gpu.c. The plan is made
without a device; its addresses are set when it is opened for a number of lanes.
*/
#pragma once
#include "base/memory_gpu.h"
#include "pixelcnn/sample/packed_forms.h"
#include "pixelcnn/sample/row_kernels.h"

/* Features of whole rows of a lane; lane 0: none. */
typedef struct {
    size_t first, lane, row;   // floats of other features before it; of a lane; from row to row
    int pixel, rows, left, at; // as in row_features; columns of margin; where in a pixel it starts
} row_array;

/* A map and where it finds what it reads. */
typedef struct {
    row_map m; // its addresses are set when the plan is opened
    size_t runs, w, b;
    int has_b;
    row_array in, add, label, out, gated;
} row_launch;

/* Features of a lane during the walk: `slots` columns of `pixel` floats. */
typedef struct {
    int first, slots, pixel;
} walk_array;

/* What is computed of a layer. */
typedef struct {
    row_launch term;       // its label's
    row_launch row[2];     // of the row above the current one, in this order; outputs 0: none
    row_launch take;       // then, after the row of the layer whose inner array it reads
    row_array rows;        // its output, of a layer that is computed row by row
    walk_array out, inner; // of one that is computed value by value
    int start;             // floats of other layers before what its gate starts with
} plan_layer;

/* An array that grows, of `size` bytes an element. */
typedef struct {
    void *x;
    size_t n, room;
} grown;

typedef struct {
    const packed_net *p;
    plan_layer *layers; // by their indices in the net
    row_array image;
    row_array a;                      // inner array of one layer's row at a time
    row_array starts;                 // of all layers, side by side at each pixel
    row_array t, hidden;              // labels (K) and embedded ones (D); spatial: those of a row
    label_row embed;                  // size 0: none
    size_t table;                     // of the embedding
    size_t lane_floats;               // features of whole rows, of a lane
    int widest, nstarts, widest_gate; // floats of a pixel of a, of starts, before a gate

    walk_array walked_image, z, loaded; // during the walk: the image, the outputs before a gate, the starts
    int walk_floats;                    // all features of a lane
    grown steps, places, weights;       // the program
    grown constants;                    // floats, and words that are not
    size_t program[3];                  // steps, places, weights: where they are in the constants
    row_walk walk;                      // the program, without what a request adds

    int lanes; // since it was opened
    draw_position *at;
    float *rows, *constants_gpu;
    int nblocks;
    void **blocks; // other memory
} plan_gpu;

/* Without a device; p, with its weights, must outlive it. Free with free_plan_gpu. */
plan_gpu *make_plan_gpu(const packed_net *p);
/* Memory for that many lanes on the current device, and the weights in one copy. Sets the addresses. */
void open_plan_gpu(plan_gpu *s, int lanes);
void free_plan_gpu(plan_gpu *s);

/* Device memory, zero, that is freed with the plan. */
void *plan_bytes_gpu(plan_gpu *s, size_t bytes);
/* Addresses, once the plan is open. */
row_features features_gpu(const plan_gpu *s, row_array a);

/* Room for n more elements of that many bytes at the end of an array. */
void *grow_array(grown *g, size_t n, size_t size);

/* ---- cached forms ---- */

typedef struct {
    LAYER_TYPE type;
    void (*reserve)(plan_gpu *s, int i);           // sets widest, nstarts, widest_gate; NULL: nothing
    void (*make)(plan_gpu *s, int i);              // features, maps of rows
    void (*value)(plan_gpu *s, int i, int colour); // steps of the program; NULL: none
} form_gpu;

/* The last rows of some features. */
row_array make_ring(plan_gpu *s, margins kept, int pixel);
/* What layer i reads as its source number `source`, row by row and during the walk. */
row_array source_rows(const plan_gpu *s, int i, int source);
walk_array source_walked(const plan_gpu *s, int i, int source);
/* Features of a lane for the walk. */
walk_array make_walked(plan_gpu *s, int slots, int pixel);

/* A map of whole rows: of the row `back` above the current one; b NULL: starts at zero. */
row_launch make_row_launch(plan_gpu *s, const panel *map, const float *b, int back);
/* V h, for a layer with a label term. */
void make_term(plan_gpu *s, int i, int back);

/* One chain for each output of a colour group: the maps of its parts one after the other. */
typedef struct {
    const panel *map;
    walk_array in;
} chain_part;
typedef struct {
    const chain_part *parts;
    int nparts;
    const float *bias; // NULL: it starts at float `start` of the starts
    int start;
    walk_array to, add; // slots 0: nothing is added
    int at;             // outputs go to float `at` of a pixel of `to`; as many floats into `add`
    ACTIVATION activation;
} chain;
void add_chain(plan_gpu *s, const chain *c, int outputs);
/* A step of another kind: n floats of a pixel of `from`, from float at_from on, to those of `to`. */
typedef struct {
    row_step_kind kind;
    walk_array from, to;
    int at_from, at_to, n, colour;
    ACTIVATION activation;
} plain_step;
void add_plain_step(plan_gpu *s, const plain_step *t);
/* After all steps: in what order their chunks are fetched. */
void order_chunks(plan_gpu *s);
