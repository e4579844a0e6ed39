/* pixel_fourier_kernels.h - Fourier features of an image on the device. Launchers of
   pixel_fourier_kernels.cu. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/* y (planes,features,pixels), OVERWRITTEN, from x (planes,pixels): see fourier_math.h. */
void fourier_forward_gpu(int planes, int pixels, int octaves, const float *x, float *y);

/* dx (planes,pixels) += the gradient of x, given y and dy (planes,features,pixels). */
void fourier_backward_gpu(int planes, int pixels, int octaves, const float *y, const float *dy, float *dx);

#ifdef __cplusplus
}
#endif
