/*
planes_gpu.h - how features lie on the device. No other file knows.

(C,B,H,W)  what our layers exchange, from the first gated layer to the logits: a channel's images follow each
           other without a gap, so that a 1x1 map of a whole batch is one product of B*H*W columns
(B,C,H,W)  Darknet's: the image, spatial labels, probabilities. With cuDNN, which takes nothing else, all
           features

B is the number of images of the current pass, not of those that the net was built for.
*/
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Floats from an image to the next, and from a channel to the next: value (image, channel, pixel) is at image *
   step.image + channel * step.plane + pixel. */
typedef struct {
    size_t image, plane;
} plane_steps;

typedef struct {
    float *x;
    plane_steps step;
} planes_gpu;

/* 1: features of our layers lie as Darknet's. By default with cuDNN only; PIXELCNN_PLANES=images or =channels
   in the environment chooses, to measure the difference: channels does without cuDNN's convolutions. Tests set
   planes_by_image before they make a net; -1: not chosen yet. */
extern int planes_by_image;
int are_planes_by_image(void);

/* Of features of our layers that have `plane` floats a channel of an image; and of Darknet's. */
plane_steps our_steps(int batch, int channels, size_t plane);
plane_steps image_steps(int channels, size_t plane);
planes_gpu planes_over_gpu(const float *x, int batch, int channels, size_t plane);
planes_gpu images_over_gpu(const float *x, int channels, size_t plane);

/* The same from an image, or a channel, on. */
planes_gpu planes_from_image(planes_gpu p, int image);
planes_gpu planes_from_channel(planes_gpu p, int channel);

/* Copies features of our layers to (B,C,plane) in host memory. */
void pull_planes_gpu(const float *x, int batch, int channels, size_t plane, float *to);

#ifdef __cplusplus
}
#endif
