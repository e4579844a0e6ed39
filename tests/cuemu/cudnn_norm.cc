/*
cudnn_norm.cc - batch normalisation over images and positions of each channel.
*/
#include <math.h>
#include "cudnn_shapes.h"

using namespace cuemu;

/* The values of one channel, one after the other: f(index). */
template <class F> static void each(const cuemu_tensor &t, int channel, F f)
{
    size_t plane = (size_t)t.h * (size_t)t.w;
    for (int n = 0; n < t.n; ++n)
        for (size_t i = 0; i < plane; ++i) f((size_t)(n * t.c + channel) * plane + i);
}

static double mean_of(const cuemu_tensor &t, int channel, const float *x)
{
    double sum = 0;
    each(t, channel, [&](size_t i) { sum += x[i]; });
    return sum / ((double)t.n * t.h * t.w);
}

static float blend(float alpha, double value, float beta, float old)
{
    return (float)(beta == 0 ? alpha * value : alpha * value + beta * old);
}

static bool fits(const cuemu_tensor &x, const cuemu_tensor &y, const cuemu_tensor &scale)
{
    return x.n == y.n && x.c == y.c && x.h == y.h && x.w == y.w && scale.c == x.c && scale.n * scale.h * scale.w == 1;
}

static void check(int device, const void *p, size_t floats, bool optional = false)
{
    if (p || !optional) check_device_pointer(device, p, floats * sizeof(float), "cudnnBatchNormalization");
}

cudnnStatus_t cudnnBatchNormalizationForwardTraining(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void *alpha_, const void *beta_,
    const cudnnTensorDescriptor_t x_shape, const void *x_, const cudnnTensorDescriptor_t y_shape, void *y_,
    const cudnnTensorDescriptor_t scale_shape, const void *scale_, const void *bias_, double factor,
    void *running_mean_, void *running_variance_, double epsilon, void *saved_mean_, void *saved_inverse_)
{
    if (mode != CUDNN_BATCHNORM_SPATIAL) return CUDNN_STATUS_NOT_SUPPORTED;
    if (!fits(*x_shape, *y_shape, *scale_shape)) return CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH;
    call in(handle->device);
    cuemu_tensor t = *x_shape;
    const float *x = (const float *)x_, *scale = (const float *)scale_, *bias = (const float *)bias_;
    float *y = (float *)y_, *mean = (float *)running_mean_, *variance = (float *)running_variance_;
    float *saved_mean = (float *)saved_mean_, *saved_inverse = (float *)saved_inverse_;
    float alpha = *(const float *)alpha_, beta = *(const float *)beta_;
    for (const void *p : {x_, (const void *)y_}) check(handle->device, p, floats_of(t));
    for (const void *p : {scale_, bias_}) check(handle->device, p, (size_t)t.c);
    for (const void *p : {running_mean_, running_variance_, saved_mean_, saved_inverse_})
        check(handle->device, p, (size_t)t.c, true);
    cudaError_t e = submit(handle->stream, {CUEMU_LIBRARY, "cudnnBatchNormalizationForwardTraining", 0}, [=] {
        double count = (double)t.n * t.h * t.w;
        for (int c = 0; c < t.c; ++c) {
            double m = mean_of(t, c, x), squares = 0;
            each(t, c, [&](size_t i) { squares += (x[i] - m) * (x[i] - m); });
            double inverse = 1 / sqrt(squares / count + epsilon);
            each(t, c, [&](size_t i) { y[i] = blend(alpha, scale[c] * (x[i] - m) * inverse + bias[c], beta, y[i]); });
            if (mean) mean[c] = (float)(m * factor + mean[c] * (1 - factor));
            if (variance)
                variance[c] = (float)(squares / (count > 1 ? count - 1 : 1) * factor + variance[c] * (1 - factor));
            if (saved_mean) saved_mean[c] = (float)m;
            if (saved_inverse) saved_inverse[c] = (float)inverse;
        }
    });
    return e ? CUDNN_STATUS_EXECUTION_FAILED : CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBatchNormalizationBackward(cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void *alpha_,
                                              const void *beta_, const void *alpha_param, const void *beta_param,
                                              const cudnnTensorDescriptor_t x_shape, const void *x_,
                                              const cudnnTensorDescriptor_t dy_shape, const void *dy_,
                                              const cudnnTensorDescriptor_t dx_shape, void *dx_,
                                              const cudnnTensorDescriptor_t scale_shape, const void *scale_,
                                              void *dscale_, void *dbias_, double epsilon, const void *saved_mean_,
                                              const void *saved_inverse_)
{
    if (mode != CUDNN_BATCHNORM_SPATIAL || !saved_mean_ != !saved_inverse_) return CUDNN_STATUS_NOT_SUPPORTED;
    if (!fits(*x_shape, *dy_shape, *scale_shape) || !fits(*x_shape, *dx_shape, *scale_shape))
        return CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH;
    call in(handle->device);
    cuemu_tensor t = *x_shape;
    const float *x = (const float *)x_, *dy = (const float *)dy_, *scale = (const float *)scale_;
    const float *saved_mean = (const float *)saved_mean_, *saved_inverse = (const float *)saved_inverse_;
    float *dx = (float *)dx_, *dscale = (float *)dscale_, *dbias = (float *)dbias_;
    float alpha = *(const float *)alpha_, beta = *(const float *)beta_;
    float alpha_p = *(const float *)alpha_param, beta_p = *(const float *)beta_param;
    for (const void *p : {x_, dy_, (const void *)dx_}) check(handle->device, p, floats_of(t));
    for (const void *p : {scale_, (const void *)dscale_, (const void *)dbias_}) check(handle->device, p, (size_t)t.c);
    for (const void *p : {saved_mean_, saved_inverse_}) check(handle->device, p, (size_t)t.c, true);
    cudaError_t e = submit(handle->stream, {CUEMU_LIBRARY, "cudnnBatchNormalizationBackward", 0}, [=] {
        double count = (double)t.n * t.h * t.w;
        for (int c = 0; c < t.c; ++c) {
            double m = saved_mean ? saved_mean[c] : mean_of(t, c, x), squares = 0, sum = 0, product = 0;
            if (!saved_inverse) each(t, c, [&](size_t i) { squares += (x[i] - m) * (x[i] - m); });
            double inverse = saved_inverse ? saved_inverse[c] : 1 / sqrt(squares / count + epsilon);
            each(t, c, [&](size_t i) {
                sum += dy[i];
                product += dy[i] * (x[i] - m) * inverse;
            });
            each(t, c, [&](size_t i) {
                double normal = (x[i] - m) * inverse;
                dx[i] = blend(alpha, scale[c] * inverse * (dy[i] - sum / count - normal * product / count), beta,
                              dx[i]);
            });
            dscale[c] = blend(alpha_p, product, beta_p, dscale[c]);
            dbias[c] = blend(alpha_p, sum, beta_p, dbias[c]);
        }
    });
    return e ? CUDNN_STATUS_EXECUTION_FAILED : CUDNN_STATUS_SUCCESS;
}
