/*
gemm_peak.h - what the machine's matrix product reaches at a network's shapes.

Each product of the net's forward pass, (rows,depth) x (depth,pixels), is timed in four ways: on the CPU one image or
several as one product, threads over images or threads inside the product; on a device from one to 64 images. For each shape the fastest run of the fastest way
counts, with operands that stay in cache where they fit. The peak is all flops over the sum of those times: what a
forward pass would reach if nothing but its products took time, each at its best.
*/
#ifndef GEMM_PEAK_H
#define GEMM_PEAK_H
#include "darknet.h"

typedef struct gemm_peak gemm_peak;

/* Of a net's products with more than one pixel: a label's term is not worth a measurement. */
gemm_peak *open_gemm_peak(const network *net);

/* Times every shape in every way once more, for some milliseconds each. */
void repeat_gemm_peak(gemm_peak *g);

double gemm_peak_flops(const gemm_peak *g); // floating-point operations a second, after one repeat or more
void close_gemm_peak(gemm_peak *g);

#endif
