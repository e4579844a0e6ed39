/*
lanes_gpu.h - images evaluated value by value on the device: what lanes.h does for a few images at a time, for all at
once. Each value is a chain of kernels (plan_gpu.h) for all lanes.

The chain of a pixel, its draws among it, is captured once as a CUDA graph and replayed for every pixel; so is the
chain that starts a row. Where all stand is kept on the device, so the graphs are the same everywhere. Where the
driver captures nothing, the kernels are launched one by one.

Expectation for one pixel of cfg/gated_pixelcnn.cfg (8 layers, 48 filters; 19 kernels a pixel, 18 a row), not yet
measured: 0.39 MFLOP an image, 25 MFLOP for 64, against which stand 19 kernels of about 2 us each: 40 us a pixel, 30
ms for 784 pixels, for any number of images up to some 500, from where on arithmetic (the vertical stack's, 1.25 MFLOP
a pixel, most of all) takes longer than the launches.
*/
#ifndef LANES_GPU_H
#define LANES_GPU_H
#include "pixelcnn/sample/packed_net.h"
#include "pixelcnn/sample/sampler.h"

typedef struct lanes_gpu lanes_gpu;

/* Room for up to `most` lanes on the current device; graphs 0: plain launches. net and p must outlive it. Free with
   free_lanes_gpu. */
lanes_gpu *make_lanes_gpu(const network *net, const packed_net *p, int most, int graphs);
void free_lanes_gpu(lanes_gpu *s);

/* 1: the graphs could be captured, or have not been wanted yet. */
int lanes_use_graphs_gpu(const lanes_gpu *s);

/* Starts the request's images; where guided, lane n + i is image i without its label. levels (n,C,H,W): the given
   values. */
void start_images_gpu(lanes_gpu *s, const sample_request *w, const unsigned char *levels);
/* Row r starts: all rows above it are complete. Its given values are put into the image. */
void start_row_gpu(lanes_gpu *s, int r);
/* The next pixel of the row, colour by colour: evaluated and, but where given, drawn. */
void draw_pixel_gpu(lanes_gpu *s);
/* Waits for the images. levels as in sample_cached; nll, where wished, OVERWRITTEN. */
void end_images_gpu(lanes_gpu *s, unsigned char *levels);

/* For tests, in place of draw_pixel_gpu: the next pixel's logits (lanes, C, L), OVERWRITTEN, as each colour's value
   is drawn or, as far as it is given, put. */
void draw_pixel_logits_gpu(lanes_gpu *s, float *logits);

#endif
