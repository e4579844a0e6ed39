/* bench.h - what `pixelcnn bench` measures: training and sampling in measure.c, the machine's gemm in
   gemm_peak.c. */
#pragma once
#include "pixelcnn/net/network_size.h"

#define MANY_IMAGES 256 // the largest sampling

typedef struct {
    int training, sampling; // which parts to measure
    int batch;
    double seconds; // per figure
} bench_request;

/* Medians in seconds; 0 in a part that was not measured. */
typedef struct {
    double update;  // a training step of the batch, solver included
    double *layers; // (n,2): forward and backward of each layer in a training step; then solver and rest
    /* On a device: launching the forward and the backward pass, and until it has finished them; 0 on the CPU. */
    double launching, passes;
    double memory;             // peak of this process while it trains, bytes
    double device_memory;      // in use after training, bytes; 0 on the CPU
    double gemm_flops;         // per second, at the net's shapes
    double forward, forward_1; // of the batch, of one image
    double sample, sample_1, sample_many;
} bench_times;

/* A net of random weights on random images. Free layers. */
bench_times measure_net(network *net, const char *cfg, bench_request request);

/* For a net built for training: the median seconds of an update from a batch, and of a forward pass of one,
   each measured for about that many seconds. */
void measure_update(network *net, double seconds, double *update, double *forward_pass);

/* The speed of the machine's matrix product at the shapes of a net's forward pass. Each product is timed on
   one image and on several, with threads inside the product or over products; the fastest run of the fastest
   way counts, with operands in cache if they fit. The peak is all flops over the sum of those times. */
typedef struct gemm_peak gemm_peak;
gemm_peak *open_gemm_peak(const network *net);
void repeat_gemm_peak(gemm_peak *g);        // times every shape in every way again, a few milliseconds each
double gemm_peak_flops(const gemm_peak *g); // per second, after at least one repeat
void close_gemm_peak(gemm_peak *g);

typedef struct {
    double *x;
    int n;
} timings;

void add_timing(timings *t, double seconds);
double take_median(timings *t); // empties t, which must have at least one timing
