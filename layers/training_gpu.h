/*
training_gpu.h - memory on the device that only training needs. The first training pass allocates it
(pixelcnn/net/net_gpu.c): it asks each layer, by layer_gpu.train, first to count and then to hand out arrays.

An array's gradient is a sum over the pixels of a batch. Backward passes leave what parts of them add in its
parts_gpu, each image or those of weight_parts_gpu, and the sums of all arrays are one launch at the end of the
pass.
*/
#pragma once
#include "base/memory_gpu.h"
#include "layers/math/conv_gpu.h"
#include "layers/math/image_sums.h"
#include "layers/math/param.h"

typedef struct training_gpu {
    int batch;           // images that the net was built for
    arena_gpu updates;   // of all arrays of the net, from the start: several devices sum them in one piece
    arena_gpu gradients; // of features: zero when a forward pass begins, since several layers may add to one
    arena_gpu kept;      // what each pass overwrites
    size_t limit;        // floats that kept may have before what is too large for it is done without
    int nsums;
    image_sum *sums, *sums_gpu; // on the host while arrays are handed out, and on the device
} training_gpu;

/* An array with so many parts (0: one of each image), and one with few values, as a bias, of which each image
   is a part and for which there always is room. If memory is short, parts_gpu stays NULL and the backward pass
   adds to update_gpu itself. An array that a backward pass does not reach has no parts. */
void part_weights_gpu(training_gpu *t, param *p, int parts);
void part_bias_gpu(training_gpu *t, param *p);
/* The gathered columns of a convolution, and its weights, of which each image is a part if there is no room for
   the columns. cuDNN's has neither. */
void keep_conv_gpu(training_gpu *t, conv_gpu *k, param *w);
/* Of n matrices with the same number of rows, which lie side by side in the matrix `all`, which has all->nparts:
   the parts are all's. */
void part_columns_gpu(training_gpu *t, param *all, const param *p, int n);
