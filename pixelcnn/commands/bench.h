/*
bench.h - what `pixelcnn bench` measures, apart from how it prints it.
*/
#ifndef BENCH_H
#define BENCH_H
#include "pixelcnn/commands/layer_times.h"
#include "pixelcnn/net/network_size.h"

#define MANY_IMAGES 256 // of the largest sampling

typedef struct {
    int training, sampling; // which parts are measured
    int batch;
    double seconds; // that each figure is repeated for
} bench_request;

/* Medians of seconds. Those of a part that was not measured are 0. */
typedef struct {
    network_size size;
    int threads, values;  // values: C*H*W
    double memory;        // bytes, peak of a process that trains
    double device_memory; // bytes taken after training; 0 on the CPU
    double update;        // a training step of the batch, the solver's update in it
    double gemm_flops;    // a second, at the net's shapes; see gemm_peak.h
    layer_times layers;   // of a training step
    double pass, pass_1;  // a forward pass of the batch, of one image
    double sample, sample_1, sample_many;
} bench_times;

/* Measures a net of random weights on random images. Exits 1 where the cfg is wrong. The net stays for the caller, with
   the batch that was wished. */
bench_times measure(network **net, const char *cfg, bench_request request);

#endif
