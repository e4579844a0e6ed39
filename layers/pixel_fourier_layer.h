/*
pixel_fourier_layer.h - Fourier features of the image for the layers that read it.

cfg       [pixel_fourier] octaves=n      only before the first gated layer
shapes    input the image (B,C,H,W)      output (B,C*(1+2n),H,W), the features of each colour side by side
forward   y = (x, sin(2^j pi x), 1 - cos(2^j pi x) for j = 1 .. n); layers that read the image read y
backward  dx = dy_0 + sum over j of 2^j pi (dy_sin cos + dy_cos sin)   ADDED, where the image's gradient is wanted
source    Kingma et al. 2021, Variational Diffusion Models, appendix C

A net sees an image's values as numbers from 0 to 1, in which levels 253 and 254 of 256 are nearly equal. If
2^octaves is the number of levels, the fastest of these features turn by half a circle from one level to the
next.
*/
#pragma once
#include "layers/gated.h"
#include "layers/math/fourier_math.h"

#define PIXEL_FOURIER ((LAYER_TYPE)(BLANK + 6))
extern const struct layer_kind pixel_fourier_kind;
extern const struct layer_gpu pixel_fourier_gpu;

typedef struct {
    gated_base base;
    int octaves;
} pixel_fourier;

layer make_pixel_fourier_layer(layer_shape s, int octaves);
void forward_pixel_fourier_layer(layer l, network net);
void backward_pixel_fourier_layer(layer l, network net);
void free_pixel_fourier_layer(layer l);

/* Octaves of a net's features; 0: its layers read the image itself. */
int octaves_of(const network *net);
