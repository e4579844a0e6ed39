/*
binarise.h - makes grey images black and white at random: a value v becomes white (255) with probability v /
255.

For nets with [net] binarise=bernoulli. A training image is drawn again each time it is shown, which is the
dynamically binarised MNIST of the literature (Salakhutdinov and Murray 2008). Images to evaluate are drawn
once, from a seed.
*/
#pragma once
#include <stdint.h>
#include "pixelcnn/data/dataset.h"

/* Whether the net has binarise=bernoulli. */
int binarises_images(const network *net);

/* Binarises a training image (n values) in place. The draw depends only on the seed and on the image's place
   in the stream. */
void binarise_training_image(uint64_t seed, uint64_t place, size_t n, unsigned char *values);

/* From here on images first .. first+count-1 of d, and no others, are binarised when they are read, image i
   by (seed, i). No effect for nets without binarise=bernoulli. */
void binarise_evaluated(dataset *d, const network *net, int first, int count, uint64_t seed);

/* Binarises image i of those (n values) in place: for read_images. */
void binarise_evaluated_image(uint64_t seed, int i, size_t n, unsigned char *values);
