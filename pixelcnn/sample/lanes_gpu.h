/*
lanes_gpu.h - images evaluated and drawn on the device, row by row: lanes.h for all images at once, to the
bit.

A row is a chain of kernels (plan_gpu.h): two for each pair of layers, for the vertical stack of the row
above, all columns at once; then one that walks the row, pixel by pixel. From the third row on it is a CUDA
graph: the first such chain runs plainly, the second is captured. The position of all lanes is on the device,
so the graph is the same for each row. If the driver cannot capture, the kernels are launched one by one.
*/
#pragma once
#include "pixelcnn/sample/packed_net.h"
#include "pixelcnn/sample/sampler.h"

typedef struct lanes_gpu lanes_gpu;

/* How lanes are drawn; no choice changes a bit. */
typedef struct {
    int plain;         // 1: no graphs
    int twins;         // 1: an image may have two lanes, with its label and without
    int nats;          // 1: requests may ask for nll, or for logits
    int lanes_a_block; // lanes that a block walks: 1, 2, 4 or 8; 0: by the number of lanes
    int outside;       // 1: features of the walk are not in shared memory, for tests
} lanes_gpu_options;

/* For `most` lanes at a time on the current device, or as many as fit into half of its free memory. p, from
   pack_net, must outlive it. Free with free_lanes_gpu. */
lanes_gpu *make_lanes_gpu(const packed_net *p, int most, lanes_gpu_options o);
void free_lanes_gpu(lanes_gpu *s);

int lanes_at_once_gpu(const lanes_gpu *s);

/* 1: the graph could be captured, or has not been needed yet. */
int lanes_use_graphs_gpu(const lanes_gpu *s);

/* Starts the images of a request. levels (n,C,H,W): the given values. */
void start_images_gpu(lanes_gpu *s, const sample_request *w, const unsigned char *levels);
/* Draws row r of all images: call it for each row, in order. */
void draw_row_gpu(lanes_gpu *s, int r);
/* Waits for the images. levels as in sample_cached; nll, if requested, OVERWRITTEN. */
void end_images_gpu(lanes_gpu *s, unsigned char *levels);

/* For tests, in place of draw_row_gpu: evaluates given pixels too and returns the row's logits
   (images,W,C,L), with guidance (2,images,W,C,L): with labels, without. OVERWRITTEN. */
void draw_row_logits_gpu(lanes_gpu *s, int r, float *logits);
