/*
blas_gpu.h - products of small matrices on the device by cuBLAS, and with them all 1x1 maps of features.

A map of features that lie as (C,B,H,W) is one product of B*H*W columns. Otherwise each image is one, all of
them in one call.
*/
#pragma once
#include "layers/math/param.h"
#include "layers/math/planes_gpu.h"

/* c_i (m,n) = op(a_i) op(b_i) + beta c_i for i = 0 .. batch-1, row-major as Darknet's gemm; a_i = a + i *
   a_step and so on. A step of 0: the same for all. Nothing is done if m, n or batch is 0. beta 0: c is not
   read. */
typedef struct {
    int ta, tb, m, n, k;
    const float *a, *b;
    float beta;
    float *c;
    int lda, ldb, ldc;
    long long a_step, b_step, c_step;
    int batch;
} gemm_batch;
void multiply_gpu(const gemm_batch *t);

typedef struct {
    int batch, cin, cout, pixels;
} pointwise;

/* w (cout,cin).
   forward           y = w x + beta y
   backward_data     dx = w^T dy + beta dx
   backward_weights  w's parts (param.h) = dy x^T of the pixels of each; without parts, w's update += their sum in the
                     order of the parts, except where that is not allowed. */
void pointwise_forward_gpu(const pointwise *p, const float *w, planes_gpu x, float beta, planes_gpu y);
void pointwise_backward_data_gpu(const pointwise *p, const float *w, planes_gpu dy, float beta, planes_gpu dx);
void pointwise_backward_weights_gpu(const pointwise *p, planes_gpu x, planes_gpu dy, const param *w, float *workspace);
size_t pointwise_workspace_gpu(const pointwise *p); // floats

/* How many parts of the same number of pixels the gradient of w is computed in: a product of few outputs would
   keep few multiprocessors busy. It divides `pixels`, and so the pixels of any batch. 0: each image is a part. */
int weight_parts_gpu(const pointwise *p);

/* How many images' intermediate results, of `floats` each, fit into a workspace: 1 to batch. */
int images_at_once_gpu(int batch, size_t floats);
extern size_t workspace_limit; // bytes; for intermediate results of each kind. Tests set it low
