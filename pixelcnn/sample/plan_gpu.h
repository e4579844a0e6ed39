/*
plan_gpu.h - a net as kernels on the device that evaluate it value by value: maps with their weights, and the fields
between them. Wiring and margins are those of packed_net.h.

A horizontal layer is two kernels a value: link and convolution with the gate, then W_r with the residual. The skip
sum is one kernel for all its sources: their gates' outputs are one array (group, layer, channel), so that what a
group may see is its beginning. Each head layer is one kernel. For n horizontal layers with a skip sum and a head of
two: 2n - 1 + 3 kernels, and one that draws.
*/
#ifndef PLAN_GPU_H
#define PLAN_GPU_H
#include "pixelcnn/sample/map_kernels.h"
#include "pixelcnn/sample/packed_net.h"

typedef struct {
    map first, conv, term; // first: factored only; term: of the label
    field kept, u, terms;
} gpu_vertical;

typedef struct {
    map conv[MAX_COLOURS], out[MAX_COLOURS];
    map link, term;           // link: into start
    field kept, start, terms; // start: bias, label term and link of the current row
    int g;                    // channels of a group of all gates before this one's
} gpu_horizontal;

typedef struct {
    map of[MAX_COLOURS];
    field out;
} gpu_step;

typedef struct {
    const network *net;
    const packed_net *p;
    int lanes; // of every field
    place *at;
    field image, a, g; // a: of one vertical layer at a time; g: (C groups, layers, channels)
    int group;         // channels of g a group
    field t, hidden;   // labels (K) and embedded ones (D); spatial: hidden of the current row
    map embed;
    spatial_label spatial; // e NULL: the label is the same at each position
    gpu_vertical *v;
    gpu_horizontal *h;
    gpu_step *steps;
    int nblocks, nrings;
    void **blocks; // all that is on the device
    struct {
        float *x;
        size_t n;
    } * rings; // what must be zero before an image starts
} plan_gpu;

/* Bytes of the device's memory that one lane takes, weights not counted. */
size_t lane_bytes_gpu(const packed_net *p);

/* From the host's weights as they are now, for so many lanes, on the current device. Net and p must outlive it. Free
   with free_plan_gpu. */
plan_gpu *make_plan_gpu(const network *net, const packed_net *p, int lanes);
void free_plan_gpu(plan_gpu *s);

/* Memory of the device, zero, that is freed with the plan. */
void *plan_bytes_gpu(plan_gpu *s, size_t bytes);

#endif
