/*
shares.h - computes figures of images on all ranks of a job (base/ranks.h).

Images are divided into the same passes as in a single process, so the result is the same to the bit for any
number of ranks. Only rank 0 gets it; the arrays of the others are unchanged. All ranks call these functions,
with the same arguments. A single process computes the same.
*/
#pragma once
#include "pixelcnn/data/evaluate.h"

/* The NLL of images 0 .. count-1 in nats: nll (count). As evaluate_likelihood, or evaluate_unlabelled. */
void share_likelihood(network *net, const dataset *d, int count, double *nll);
void share_unlabelled(network *net, const dataset *d, int count, double *nll);

/* The nats of each value (count,C,H,W). As evaluate_values, or evaluate_values_unlabelled. */
void share_values(network *net, const dataset *d, int count, double *nats);
void share_values_unlabelled(network *net, const dataset *d, int count, double *nats);

/* Any other figure: of(context, i) for image i; a rank takes `block` images at a time. */
typedef double (*image_figure)(const void *context, int i);
void share_figures(int count, int block, image_figure of, const void *context, double *to);

/* On rank 0, when it has received the results of a block: counts what another rank did as progress. */
void count_other_ranks(size_t block, long done);
