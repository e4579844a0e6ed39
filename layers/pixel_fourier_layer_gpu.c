#include "layers/layer_kind.h"
#include "layers/pixel_fourier_kernels.h"
#include "layers/pixel_fourier_layer.h"

static int octaves(const layer *l) { return ((pixel_fourier *)l->self_layer)->octaves; }

static void forward_pixel_fourier_layer_gpu(layer l, network net)
{
    fourier_forward_gpu(l.batch * l.c, l.h * l.w, octaves(&l), net.input_gpu, l.output_gpu);
    image_of(&net)->image_gpu = l.output_gpu;
    image_of(&net)->image_delta_gpu = net.delta_gpu ? l.delta_gpu : 0;
}

static void backward_pixel_fourier_layer_gpu(layer l, network net)
{
    if (image_of(&net)->image_delta_gpu)
        fourier_backward_gpu(l.batch * l.c, l.h * l.w, octaves(&l), l.output_gpu, l.delta_gpu, net.delta_gpu);
}

const layer_gpu pixel_fourier_gpu = {
    .forward = forward_pixel_fourier_layer_gpu,
    .backward = backward_pixel_fourier_layer_gpu,
};
