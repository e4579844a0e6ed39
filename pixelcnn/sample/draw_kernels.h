/*
draw_kernels.h - values of images in progress on the device: position, given values, drawn values. Launchers
of draw_kernels.cu.
*/
#pragma once
#include <stdint.h>
#include "pixelcnn/sample/affine_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The request for the images in progress, as in sampler.h; on the device, so that one graph serves all
   requests. */
typedef struct {
    int n, has_keep;
    int guided; // lane n + i is lane i without its label
    uint64_t first, seed;
    double temperature, guidance;
} draw_request;

/* How values are drawn; its pointers are to device memory. */
typedef struct {
    draw_position *at;
    const draw_request *request;
    int colours, height, width, levels, lanes;
    int colour;                // the one that is drawn
    size_t features;           // of a value, that the stacks see
    const unsigned char *keep; // (H,W)
    unsigned char *drawn;      // (n,C,H,W)
    double *nll;               // (n)
    const float *inputs;       // (levels, features): those of each level
    feature_view logits;       // (C * levels) channels of one pixel
    feature_view image;        // (C * features) channels
} draw_plan;

/* Starts the next row, at its first column and value. Before row 0, at->row is -1. */
void open_row_gpu(const draw_plan *d, cudaStream_t stream);
/* Writes the row's given values into the image. */
void put_given_gpu(const draw_plan *d, cudaStream_t stream);
/* Draws the current value, unless it is given: OVERWRITES it in drawn and in the image, ADDS its nats to nll;
   NaN if a logit is NaN or infinite, at any temperature. After the last colour, increments at->column. */
void draw_value_gpu(const draw_plan *d, int colour, cudaStream_t stream);

#ifdef __cplusplus
}
#endif
