/*
evaluate_values.h - logits and nats of each value of given images.

As evaluate_likelihood does, these functions stop early, with a meaningless result, restore the net's batch,
and exit with status 3, naming image and layer, if an NLL is NaN or infinite.
*/
#pragma once
#include "pixelcnn/data/dataset.h"

/* The logits of images first .. first+count-1, (count,C,L,H,W), OVERWRITTEN: for each value those given the
   values before it. */
void evaluate_logits(network *net, const dataset *d, int first, int count, float *logits);

/* The NLL of each value given those before it (rows, then columns, then colours), in nats: (count,C,H,W),
   OVERWRITTEN. An image's sum is its NLL. */
void evaluate_values(network *net, const dataset *d, int first, int count, double *nats);

/* The same without labels, under p(x), the mean over the classes of p(x | class). Takes as long as
   evaluate_values for each class. */
void evaluate_values_unlabelled(network *net, const dataset *d, int first, int count, double *nats);
