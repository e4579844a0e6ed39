/*
gated.h - what the layers of a Gated PixelCNN share.

Each of our layers keeps what Darknet's `struct layer` has no field for in a struct of its own whose first
member is a `gated_base`; the layer points to it through its field self_layer, which stock code uses in
recurrent layers only. base_of(l) reads it.
*/
#pragma once
#include <stddef.h>
#include "base/memory.h"
#include "darknet.h"
#include "layers/math/feature_map.h"
#include "layers/math/param.h"

#define MAX_COLOURS 3

#define FROM_IMAGE (-1) // in place of a layer's index: the image, or its features by pixel_fourier

/* What a gated layer hands on to others on the CPU; see handed_on.h. */
typedef struct {
    feature_batch y, dy; // its output (B,H,W,F), and the gradient of it
    int dy_given;        // 0: no reader has given its gradient in this pass, the first OVERWRITES dy
} handed_on;

typedef struct {
    param *params;
    int nparams;
    int threads;        // parts that a batch is divided into
    handed_on handed;   // of a gated layer on the CPU
    char *meaning;      // what the layer computes, for the hash in the weight file; made by add_meaning
    float *image;       // layer 0 only: what readers of the image get in the current pass, see image_of
    float *image_delta; // layer 0 only: where gradients for that are ADDED; NULL: not wanted
    float *image_gpu, *image_delta_gpu;
    struct pixelcnn_net
        *net; // last layer only: what the net has besides Darknet's fields, see pixelcnn/net/pixelcnn_net.h
} gated_base;

static inline gated_base *base_of(const layer *l) { return (gated_base *)l->self_layer; }

/* What a layer is built for. */
typedef struct {
    int batch, h, w;
    int colours; // C, channels of the image
    int label;   // D, floats of the embedded label; 0: the net has no label
    int spatial; // 1: the embedded label differs at each position, (D,H,W)
} layer_shape;

/* A network's images are the first C*H*W floats of each input row, but only layer 0 is shown the input
   row; it leaves the image's address for the others. pixel_fourier puts its features in the image's place. */
static inline gated_base *image_of(const network *net) { return base_of(&net->layers[0]); }

/* A layer of that type from cin to cout channels with its sizes, output and delta; the rest is for the
   caller. */
layer make_base_layer(LAYER_TYPE type, layer_shape s, int cin, int cout);

/* Appends to b->meaning, which may become any length. */
void add_meaning(gated_base *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

void free_base(gated_base *b); // params, meaning and base
