/*
math_gpu.h - how a device may compute: options of the whole program, set before a net is built.
*/
#ifndef MATH_GPU_H
#define MATH_GPU_H

/* tf32: products on tensor cores, whose factors have 10 bits behind the point. deterministic: only cuDNN algorithms
   that give the same bits in every run; our own kernels and cuBLAS do so anyway. Both are off unless asked for. */
typedef struct {
    int tf32, deterministic;
} gpu_math_options;

#ifdef __cplusplus
extern "C" gpu_math_options gpu_math;
#else
extern gpu_math_options gpu_math;
#endif

#endif
