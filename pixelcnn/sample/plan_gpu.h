/*
plan_gpu.h - a net as kernels on the device that evaluate it value by value: affine operations with their
weights, and the features between them. Wiring and margins are those of packed_net.h.

A horizontal layer is two kernels per value: link and convolution with the gate, then W_r with the residual.
The skip sum is one kernel for all its sources: the outputs of their gates are one array (group, layer,
channel), so that what a group may see is a prefix of it. Each head layer is one kernel. For n horizontal
layers with a skip sum and a head of two: 2n - 1 + 3 kernels, and one that draws.

A kind of layer has one file cached_X_gpu.c, with one `form_gpu`, and one row in plan_gpu.c.
*/
#pragma once
#include "base/memory_gpu.h"
#include "layers/math/causal_conv.h"
#include "pixelcnn/sample/affine_kernels.h"
#include "pixelcnn/sample/packed_net.h"

/* One kernel; outputs 0: none. */
typedef struct {
    affine m;
    int gated;
} launch;

/* What the chains of kernels run of a layer. */
typedef struct {
    launch term;                  // its label's
    launch row[2];                // of the row above, which is complete: in this order; the last is not empty
    launch take;                  // then, after the row of the layer whose inner array it reads; row 0: with no taps
    launch value[MAX_COLOURS][2]; // of one colour at the current pixel: in this order
    feature_view kept;            // its output
    feature_view terms;           // its label's term
    int inner;                    // its first channel in g, of each group
} plan_layer;

typedef struct {
    const packed_net *p;
    int lanes; // of all features
    draw_position *at;
    feature_view image;
    feature_view a;         // inner array of one layer's row at a time
    feature_view g;         // (C groups, layers, channels), those of a pixel
    int group;              // channels of g a group
    int widest;             // channels of a
    feature_view t, hidden; // labels (K) and embedded labels (D); spatial: hidden is the current row's
    affine embed;
    spatial_label spatial; // e NULL: the label is the same at each position
    plan_layer *layers;    // by their indices in the net
    /* On the device. All is made twice: a first round counts what the arenas will have to hold, and none of
       the addresses in it is valid. */
    arena_gpu rings;   // zero before an image starts
    arena_gpu planes;  // features of a row or a pixel
    arena_gpu weights; // copied in one piece
    float *packed;     // the same on the CPU's side, while the plan is made
    int nblocks;
    void **blocks; // other memory
} plan_gpu;

/* Bytes of device memory that one lane needs, weights not included. */
size_t lane_bytes_gpu(const packed_net *p);

/* From the current weights on the CPU's side, for `lanes` lanes, on the current device. The net and p must
   outlive it. Free with free_plan_gpu. */
plan_gpu *make_plan_gpu(const packed_net *p, int lanes);
void free_plan_gpu(plan_gpu *s);

/* Device memory, zero, that is freed with the plan. */
void *plan_bytes_gpu(plan_gpu *s, size_t bytes);

/* ---- cached forms ---- */

typedef struct {
    LAYER_TYPE type;
    void (*reserve)(plan_gpu *s, int i); // channels of a and g, before any layer is made; NULL: none
    void (*make)(plan_gpu *s, int i);    // its features, and its kernels with their weights
} form_gpu;

/* The last rows of some features, zero when an image starts. */
feature_view make_ring(plan_gpu *s, margins kept, int channels);
/* Features of one row, or (columns 0) of one pixel. */
feature_view make_plane(plan_gpu *s, int channels, int columns);
feature_view channels_from(feature_view f, size_t channel);
/* What layer i reads as its source number `source`. */
feature_view source_features(const plan_gpu *s, int i, int source);

/* The channels of layer i's output. */
int channels_of_layer(const plan_gpu *s, int i);

/* The outputs of an operation: channels first .. first + n - 1 of an array, and if half > 0, for a gate, as
   many from half + first on. */
typedef struct {
    int first, n, half;
} outputs;
/* Their rows of an array (cout, cin, taps), tap by tap, of the last tap only `last` channels. */
typedef struct {
    outputs of;
    const float *x;
    int cin, taps, last;
} weight_rows;

/* An operation on whole rows, or of one pixel, with one tap. */
affine new_affine(const plan_gpu *s, int pixel, int channels, feature_view in, feature_view out, int n);
/* The taps of a kernel, the last one with fewer channels. */
void set_taps(const plan_gpu *s, affine *m, const causal_conv *k, int last);
/* The kernel of an operation whose other members are set, gated or not, with its weights and, unless NULL,
   its bias (cout). */
launch launch_with(plan_gpu *s, affine m, const weight_rows *w, const float *b);
/* V h, V (2F, D), for layers with a label. */
void make_term(plan_gpu *s, int i, const label_link *k);
