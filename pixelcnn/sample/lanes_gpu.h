/*
lanes_gpu.h - images evaluated value by value on the device: lanes.h for all images at once. Each value is a
chain of kernels (plan_gpu.h) for all lanes.

The chain of a pixel, including its draws, is captured as a CUDA graph when it is first repeated, and replayed
for every pixel from there on; so is the chain that starts a row. The position of all lanes is on the device,
so the graphs are the same everywhere. If the driver cannot capture, the kernels are launched one by one.

On an H100 a pixel of cfg/gated_pixelcnn.cfg (8 layers, 48 filters; 19 kernels per pixel, 18 per row) takes
about 80 us for 1 image and for 100 (docs/gpu.md): up to there the launches dominate, then arithmetic.
*/
#pragma once
#include "pixelcnn/sample/packed_net.h"
#include "pixelcnn/sample/sampler.h"

typedef struct lanes_gpu lanes_gpu;

/* For up to `most` lanes on the current device; graphs 0: plain launches. net and p must outlive it. Free
   with free_lanes_gpu. */
lanes_gpu *make_lanes_gpu(const packed_net *p, int most, int graphs);
void free_lanes_gpu(lanes_gpu *s);

/* 1: the graphs could be captured, or have not been needed yet. */
int lanes_use_graphs_gpu(const lanes_gpu *s);

/* Starts the images of a request; if guided, lane n + i is image i without its label. levels (n,C,H,W): the
   given values. */
void start_images_gpu(lanes_gpu *s, const sample_request *w, const unsigned char *levels);
/* Starts row r: all rows above it are complete. Its given values are written into the image. */
void start_row_gpu(lanes_gpu *s, int r);
/* Evaluates the next pixel of the row, colour by colour, and draws it unless it is given. */
void draw_pixel_gpu(lanes_gpu *s);
/* Waits for the images. levels as in sample_cached; nll, if requested, OVERWRITTEN. */
void end_images_gpu(lanes_gpu *s, unsigned char *levels);

/* For tests, in place of draw_pixel_gpu: also returns the pixel's logits (lanes, C, L), OVERWRITTEN. */
void draw_pixel_logits_gpu(lanes_gpu *s, float *logits);
