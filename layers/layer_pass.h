/*
layer_pass.h - a pass through a layer: what it reads and writes, and its images divided among threads.

The functions with Darknet's signature, forward_X_layer(layer, network), fill in a layer_io; the functions
that they call take arrays and sizes, but no `layer` and no `network`.
*/
#pragma once
#include "base/slices.h"
#include "layers/gated.h"
#include "layers/math/label_link.h"

/* What a layer reads and writes in a pass, for a whole batch; in the GPU twins, arrays on the device. NULL:
   there is none, or it is not wanted. */
typedef struct {
    int batch, train;
    const float *x;             // input (B,Cin,H,W)
    float *dx;                  // its gradient, ADDED to
    float *y, *dy;              // output and its gradient
    handed_on *source, *handed; // of a gated layer on the CPU: instead of x and dx, and of y and dy
    label_vectors label;        // of a net with [label_embed]
    float *workspace;
} layer_io;

/* For a layer whose input is the output of the layer before it, as in Darknet. */
layer_io io_of(const layer *l, const network *net);
/* For a gated layer whose input is the output of layer `from`, or the image. */
layer_io io_from(const layer *l, const network *net, int from);
/* The same on the device. */
layer_io io_of_gpu(const layer *l, const network *net);
layer_io io_from_gpu(const layer *l, const network *net, int from);

/* What a layer does with the images of a batch, which threads divide among themselves. `pass` is a struct of
   the layer that starts with its layer_io. */
typedef struct {
    void (*take_weights)(const void *pass, portion p);        // before the images; NULL: nothing to do
    void (*forward)(const void *pass, int b, float *scratch); // image b
    void (*backward)(const void *pass, int b, slice *s);      // image b; ADDS its gradients of weights to s->sum
    void (*give_updates)(const void *pass, portion p);        // from the sums over images; NULL: no weights
} image_functions;

void forward_images(const image_functions *f, const slices *work, const void *pass);
void backward_images(const image_functions *f, const slices *work, const void *pass);
