/*
handed_on.h - how gated layers on the CPU read each other: a layer keeps its output, and the gradient of it, as
features channels last, for the gated layers that read it. Darknet's planes, l.output and l.delta, are there
only where a stock layer or the loss reads the output. No layer has both kinds of readers: head and loss read
the layer just before them, whose gradient they may overwrite (check_sole_reader).
*/
#pragma once
#include "layers/layer_pass.h"
#include "layers/math/causal_conv.h"

/* When readers are known, for an output that is not read in planes: l->output and l->delta are freed and become
   NULL; features take their place if there are readers, which read so many columns to the left and to the right
   of a pixel. */
void hand_on_features(layer *l, int readers, int left, int right);
/* Floats of the features and of their gradient for each image. */
size_t handed_on_floats(const layer *l);
/* planes (out_c,H,W), OVERWRITTEN: image b of l->output, or of the features in its place; zeros if there are
   none. */
void copy_output(const layer *l, int b, float *planes);

/* ---- the layer that is read; k computes the output ---- */

/* Image b's gradient of the output that is handed on. */
features given_gradient(const handed_on *t, int b);
/* Image b's output, to be computed: where it is handed on, else in scratch, from where planes are filled. */
features open_output(const layer_io *io, const causal_conv *k, int b, float **scratch);
/* Image b's gradient of it: what is given, or from planes, in scratch. */
features open_output_gradient(const layer_io *io, const causal_conv *k, int b, float **scratch);

/* ---- the layer that reads, by k ---- */

/* Image b of the input with its margins: what is handed on, or the image's planes, in scratch. */
features open_source(const layer_io *io, const causal_conv *k, int b, float **scratch);
/* dx += also, of the input's shape, unless also.x is NULL; dx += w^T dz. The first to add to what is handed on
   OVERWRITES it. Scratch: h * w pixels of k->backward.rows floats. */
void give_source_gradient(const layer_io *io, const causal_conv *k, int b, features dz, features also, float *scratch);
/* After a backward pass: others add to what this layer has given. */
void mark_source_given(const layer_io *io);
