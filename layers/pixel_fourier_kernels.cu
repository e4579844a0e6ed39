/*
pixel_fourier_kernels.cu - Fourier features of an image on the device. See pixel_fourier_kernels.h. CPU twin:
pixel_fourier_layer.c; the arithmetic of both is fourier_math.h.

A block works on one plane, a colour of an image.
*/
#include "base/calls_gpu.h"
#include "layers/math/blocks.cuh"
#include "layers/math/fourier_math.h"
#include "layers/pixel_fourier_kernels.h"

__global__ void fourier_forward_kernel(int pixels, int octaves, const float *x, float *y)
{
    size_t plane = blockIdx.x, first = plane * fourier_width(octaves) * pixels;
    for (int k = threadIdx.x; k < pixels; k += blockDim.x)
        fourier_features(x[plane * pixels + k], octaves, y + first + k, pixels);
}

__global__ void fourier_backward_kernel(int pixels, int octaves, const float *y, const float *dy, float *dx)
{
    size_t plane = blockIdx.x, first = plane * fourier_width(octaves) * pixels;
    for (int k = threadIdx.x; k < pixels; k += blockDim.x)
        dx[plane * pixels + k] += fourier_gradient(y + first + k, dy + first + k, octaves, pixels);
}

void fourier_forward_gpu(int planes, int pixels, int octaves, const float *x, float *y)
{
    fourier_forward_kernel<<<planes, threads_for(pixels)>>>(pixels, octaves, x, y);
    LAUNCH_OK();
}

void fourier_backward_gpu(int planes, int pixels, int octaves, const float *y, const float *dy, float *dx)
{
    fourier_backward_kernel<<<planes, threads_for(pixels)>>>(pixels, octaves, y, dy, dx);
    LAUNCH_OK();
}
