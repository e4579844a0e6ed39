/*
binarise.h - grey images made black and white at random: a value v becomes white (255) with probability v / 255.

The data of nets with [net] binarise=bernoulli. A training image is drawn anew each time it is shown, as the literature's
dynamically binarised MNIST is (Salakhutdinov and Murray 2008); images that are evaluated are drawn once, from a seed.
*/
#pragma once
#include <stdint.h>
#include "pixelcnn/data/dataset.h"

/* Whether the net's images are drawn so. */
int binarises_images(const network *net);

/* A training image (n values) at a place of the stream, in place: the draw depends on seed and place alone. */
void binarise_training_image(uint64_t seed, uint64_t place, size_t n, unsigned char *values);

/* Images first .. first+count-1 of d in place, image i by (seed, i); no effect on other nets. */
void binarise_evaluated(dataset *d, const network *net, int first, int count, uint64_t seed);
