/* loss_parts.cuh - the loss of an image from its parts, for every kernel that needs it: the same order, the
   same bits. */
#ifndef LOSS_PARTS_CUH
#define LOSS_PARTS_CUH
#include "layers/pixel_softmax_kernels.h"

/* nll of image b, if there is one. */
static __device__ void sum_loss_parts(image_losses t, int b)
{
    if (b >= t.images) return;
    const double *part = t.nll + t.images + (size_t)b * t.parts;
    double sum = 0;
    for (int i = 0; i < t.parts; ++i) sum += part[i];
    t.nll[b] = sum;
}

#endif
