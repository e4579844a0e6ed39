/*
plan_gpu.h - a net as kernels on the device that evaluate it value by value: maps with their weights, and the fields
between them. Wiring and margins are those of packed_net.h.

A horizontal layer is two kernels per value: link and convolution with the gate, then W_r with the residual. The skip sum is one
kernel for all its sources: the outputs of their gates are one array (group, layer, channel), so that what a group may see is a
prefix of it. Each head layer is one kernel. For n horizontal layers with a skip sum and a head of two: 2n - 1 + 3 kernels, and
one that draws.
*/
#pragma once
#include "pixelcnn/sample/map_kernels.h"
#include "pixelcnn/sample/packed_net.h"

typedef struct {
    map first, conv, term; // first: factored only; term: of the label
    field kept, u, terms;
} vertical_gpu;

typedef struct {
    map conv[MAX_COLOURS], out[MAX_COLOURS];
    map link, term;           // link: into start
    field kept, start, terms; // start: bias, label term and link of the current row
    int g;                    // channels of a group of all gates before this one's
} horizontal_gpu;

typedef struct {
    map of[MAX_COLOURS];
    field out;
} step_gpu;

typedef struct {
    const network *net;
    const packed_net *p;
    int lanes; // of every field
    place *at;
    field image, a, g; // a: one vertical layer's at a time; g: (C groups, layers, channels)
    int group;         // channels of g a group
    field t, hidden;   // labels (K) and embedded labels (D); spatial: hidden is the current row's
    map embed;
    spatial_label spatial; // e NULL: the label is the same at each position
    vertical_gpu *v;
    horizontal_gpu *h;
    step_gpu *steps;
    int nblocks, nrings;
    void **blocks; // all device memory of the plan
    struct {
        float *x;
        size_t n;
    } * rings; // zero before an image starts
} plan_gpu;

/* Bytes of device memory that one lane needs, weights not included. */
size_t lane_bytes_gpu(const packed_net *p);

/* From the current weights on the CPU's side, for `lanes` lanes, on the current device. Net and p must outlive it. Free with
   free_plan_gpu. */
plan_gpu *make_plan_gpu(const network *net, const packed_net *p, int lanes);
void free_plan_gpu(plan_gpu *s);

/* Device memory, zero, that is freed with the plan. */
void *plan_bytes_gpu(plan_gpu *s, size_t bytes);
