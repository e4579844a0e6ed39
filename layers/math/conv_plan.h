/* conv_plan.h - convolutions by cuDNN, for conv_gpu.c. The functions exist with CUDNN=1 only; CUDNN_BUILD
   guards their calls. */
#pragma once
#include "layers/math/conv_gpu.h"

#ifdef CUDNN
enum { CUDNN_BUILD = 1 };
#else
enum { CUDNN_BUILD = 0 };
#endif

/* Sets k->plan, out_h, out_w and the workspace, or nothing if cuDNN has no algorithm for this convolution. */
void plan_conv_gpu(conv_gpu *k);

/* As in conv_gpu.h. */
void plan_forward_gpu(const conv_gpu *k, const float *x, const param *w, float *y, float *workspace);
void plan_backward_data_gpu(const conv_gpu *k, const param *w, const float *dy, int add, float *dx, float *workspace);
/* Of `batch` images; dy of the others becomes zero. */
void plan_backward_weights_gpu(const conv_gpu *k, int batch, const float *x, float *dy, const param *w,
                               float *workspace);

/* n floats between -1 and 1 on the device, to time products with: where factors are zero it computes faster. Free by
   free_gpu. */
float *noise_gpu(size_t n);
