/*
same_images.h - compares the images that two samplers draw from the same net.
*/
#pragma once
#include "darknet.h"
#include "pixelcnn/sample/sampler.h"

/* (n,classes), classes in turn; NULL for a net without label. Free it. */
float *some_labels(const network *net, int n);

/* Fails unless two samplers drew the same images a and b for the request. Draws on a boundary between two
   levels may differ; after one, the rest of that image is not compared. */
void assert_same_images(network *net, const sample_request *w, const unsigned char *a, const unsigned char *b);
