/*
conv_plan.h - cuDNN's way of doing a convolution, for conv_gpu.c. CUDNN=1 only.
*/
#ifndef CONV_PLAN_H
#define CONV_PLAN_H
#include "layers/math/conv_gpu.h"

/* Sets k->plan, out_h, out_w and the workspace, or nothing where cuDNN does not serve. */
void plan_conv_gpu(conv_gpu *k);

/* As in conv_gpu.h. */
void plan_forward_gpu(const conv_gpu *k, const float *x, const param *w, float *y, float *workspace);
void plan_backward_data_gpu(const conv_gpu *k, const param *w, const float *dy, int add, float *dx, float *workspace);
void plan_backward_weights_gpu(const conv_gpu *k, const float *x, const float *dy, const param *w, float *workspace);

#endif
