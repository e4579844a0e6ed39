/*
cudnn_shapes.h - cuDNN's handles and descriptors in the emulator.
*/
#pragma once
#include "cudnn.h"
#include "emu.h"

struct cuemu_cudnn {
    int device;
    cudaStream_t stream;
};
struct cuemu_tensor {
    int n, c, h, w;
};
struct cuemu_filter {
    int k, c, h, w;
};
struct cuemu_convolution {
    int pad_h, pad_w, stride_h, stride_w, dilation_h, dilation_w, groups;
    bool flip; // CUDNN_CONVOLUTION
};

inline size_t floats_of(const cuemu_tensor &t) { return (size_t)t.n * (size_t)t.c * (size_t)t.h * (size_t)t.w; }
inline size_t floats_of(const cuemu_filter &f) { return (size_t)f.k * (size_t)f.c * (size_t)f.h * (size_t)f.w; }
