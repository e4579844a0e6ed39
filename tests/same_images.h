/*
same_images.h - images that two samplers draw from the same net, compared.
*/
#pragma once
#include "darknet.h"
#include "pixelcnn/sample/sampler.h"

/* (n,classes), one class after the other; NULL for a net without label. Free it. */
float *some_labels(const network *net, int n);

/* Fails unless a and b, what two samplers drew for the request, are the same images, but for draws that fall on a boundary
   between two levels, after which an image goes its own way. */
void assert_same_images(network *net, const sample_request *w, const unsigned char *a, const unsigned char *b);
