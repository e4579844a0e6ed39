/* pixel_softmax_kernels.h - the loss on the device: softmax, loss and gradient in one kernel. Launcher of
   pixel_softmax_kernels.cu. */
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int batch, colours, levels, pixels;
    const float *logits; // of C*L channels, features of our layers (planes_gpu.h)
    const float *truth;  // (B,C,pixels), level indices; NULL: only p is computed
    float *p;            // (B,C,L,pixels), OVERWRITTEN; NULL: not needed
    float *delta;        // onehot(truth) - p, as the logits, OVERWRITTEN; NULL: not needed
    double *nll; // (B), and from there on the parts of each image's loss, which are OVERWRITTEN if there is truth
} softmax_gpu;
void softmax_loss_gpu(const softmax_gpu *t);
int softmax_parts_gpu(const softmax_gpu *t); // of an image

/* The losses of a pass: nll (images), then `parts` doubles of each image, of which nll are the sums. */
typedef struct {
    double *nll;
    int images, parts;
} image_losses;
/* Computes nll, in nats. */
void sum_losses_gpu(image_losses t);

#ifdef __cplusplus
}
#endif
