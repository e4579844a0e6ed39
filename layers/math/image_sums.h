/* image_sums.h - what the images of a batch, or other parts of its pixels, add to the gradients of weights,
   summed on the device for all arrays of a net at once. Launcher of image_sum_kernels.cu. */
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { IMAGE_SUM_CHUNK = 1024 };

/* Values from .. end-1 of an array, at most IMAGE_SUM_CHUNK. Value k of part b is parts[b * step + k /
   columns * row + k % columns]: an array may be some columns of a matrix whose rows are longer. */
typedef struct {
    float *update;                // of the array's value 0
    const unsigned char *allowed; // as in param; NULL: all are
    const float *parts;           // of the array's value 0, part 0
    int nparts;                   // 0: as many as images
    size_t step;
    int columns, row;
    int from, end;
} image_sum;

/* Where allowed: update += the sum over the parts, in their order. All n on the device. */
void add_image_sums_gpu(int n, const image_sum *chunks, int images);

#ifdef __cplusplus
}
#endif
