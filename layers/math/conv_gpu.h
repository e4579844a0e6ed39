/*
conv_gpu.h - the convolutions of causal_conv.h on the device, by cuDNN or by cuBLAS.

cuDNN (CUDNN=1)  supports only padding that is the same on both sides. Our kernels are padded by what they read before a pixel,
                 which gives surplus rows and columns after those of the image; readers of y skip them (see out_h, out_w), and in
                 dy they must be zero. Nothing is cropped by a copy.
cuBLAS           taps are gathered into a matrix (cin*kh*kw,B,H*W), for as many images at once as the workspace holds. With
                 an array for all of it (`columns`), what the forward pass gathered serves the gradient of the weights
                 too.

With CUDNN=1, cuDNN is used for each convolution that it supports. 1x1 maps need neither: see blas_gpu.h.
*/
#pragma once
#include "layers/math/causal_conv.h"
#include "layers/math/param.h"

typedef struct conv_gpu {
    int most, cin, cout, h, w, kh, kw, d, top, left;
    int of_image;           // x is the image, or Fourier features of it, and lies as Darknet's
    int out_h, out_w;       // of a plane of y and dy; those of the image come first
    size_t workspace;       // floats that each function below needs
    struct conv_plan *plan; // cuDNN's; NULL: cuBLAS
    float *columns; // (most,conv_gpu_columns), kept from forward to backward pass; NULL: gathered in the workspace
} conv_gpu;

/* For up to `most` images; nothing to free. With cuDNN, algorithms are measured here and remembered for each
   size. */
conv_gpu make_conv_gpu(const causal_conv *k, int most, int of_image);

static inline conv_gpu conv_gpu_of(const causal_conv *k, int most)
{
    return (conv_gpu){.most = most,
                      .cin = k->cin,
                      .cout = k->cout,
                      .h = k->h,
                      .w = k->w,
                      .kh = k->kh,
                      .kw = k->kw,
                      .d = k->d,
                      .top = k->top,
                      .left = k->left,
                      .out_h = k->h,
                      .out_w = k->w};
}

static inline size_t conv_gpu_plane(const conv_gpu *k) { return (size_t)k->out_h * k->out_w; }
static inline size_t conv_gpu_weights(const conv_gpu *k) { return (size_t)k->cout * k->cin * k->kh * k->kw; }
static inline size_t conv_gpu_floats(const conv_gpu *k) { return (size_t)k->most * k->cout * conv_gpu_plane(k); }

/* By cuBLAS: floats of an image's gathered taps; 0 where they are the input itself. */
size_t conv_gpu_columns(const conv_gpu *k);
/* weight_parts_gpu of its product. */
int conv_gpu_parts(const conv_gpu *k);

/* x, dx of (cin,h,w) and y, dy of (cout,out_h,out_w) an image, of B <= most images, as planes_gpu.h says; w, dw as
   in causal_conv.h. The arrays have room for `most` images: cuDNN's plans always compute all of them.
   forward           y = w * x       OVERWRITTEN
   backward_data     dx += w^T * dy where add, else dx = w^T * dy
   backward_weights  as in blas_gpu.h: into the array's parts; cuDNN's plans add to its update, but not where it is
                     masked, and set dy of images beyond B to zero */
typedef struct {
    const conv_gpu *k;
    int batch;
    float *workspace;
} conv_pass_gpu;
void conv_forward_gpu(conv_pass_gpu t, const float *x, const param *w, float *y);
void conv_backward_data_gpu(conv_pass_gpu t, const param *w, const float *dy, int add, float *dx);
void conv_backward_weights_gpu(conv_pass_gpu t, const float *x, float *dy, const param *w);
