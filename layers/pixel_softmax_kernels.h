/*
pixel_softmax_kernels.h - the loss on the device: softmax, loss and gradient in one kernel. Launcher of
pixel_softmax_kernels.cu.
*/
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int batch, colours, levels, pixels;
    const float *logits; // (B,C,L,pixels)
    const float *truth;  // (B,C,pixels), level indices; NULL: only p is computed
    float *p;            // as the logits, OVERWRITTEN; NULL: not needed
    float *delta;        // onehot(truth) - p, OVERWRITTEN; NULL: not needed
    double *nll;         // (B) in nats, OVERWRITTEN if there is truth; followed by softmax_parts_gpu() more doubles
} softmax_gpu;
void softmax_loss_gpu(const softmax_gpu *t);
size_t softmax_parts_gpu(int batch, int colours, int levels, int pixels);

#ifdef __cplusplus
}
#endif
