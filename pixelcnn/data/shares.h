/*
shares.h - figures of images whose work is shared out over the ranks of a job (base/ranks.h).

Images are shared in whole passes of the net's batch, the passes of a single process: so the result is the same to the bit for any
number of ranks. It is on rank 0 alone; arrays of the others are left as they are. All ranks call these functions, with the same
arguments. A process that is alone computes the same.
*/
#pragma once
#include "pixelcnn/data/evaluate.h"

/* The NLL of images 0 .. count-1 in nats: nll (count). As evaluate_likelihood, or evaluate_unlabelled. */
void share_likelihood(network *net, const dataset *d, int count, double *nll);
void share_unlabelled(network *net, const dataset *d, int count, double *nll);

/* Of each value: nats (count,C,H,W). As evaluate_values, or evaluate_values_unlabelled. */
void share_values(network *net, const dataset *d, int count, double *nats);
void share_values_unlabelled(network *net, const dataset *d, int count, double *nats);

/* Any other figure, of(context, i) of image i; a rank takes `block` images at a time. */
typedef double (*image_figure)(const void *context, int i);
void share_figures(int count, int block, image_figure of, const void *context, double *to);

/* On rank 0, when it has the results of a block: counts as progress what another rank did. */
void count_other_ranks(size_t block, long done);
