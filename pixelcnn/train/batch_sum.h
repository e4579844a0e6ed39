/*
batch_sum.h - one update from a batch, whose images are divided into passes and among ranks, and the sum of
their gradients.

The gradients of all batch * subdivisions images are added up in the tree of base/image_tree.h. A pass of
Darknet's train_network adds up one node; the sum of a node is kept until its sibling is complete, at most one
for each level; each rank exchanges its remaining sums once, in the solver's sum_updates (solver.h). So
passes, threads and ranks change no bit of weights, costs or norm.

On a device passes are added up one after the other, and the sums of the ranks' devices in the tree over the
ranks: the same number of ranks gives the same bits, another number the same up to rounding.
*/
#pragma once
#include "base/image_tree.h"
#include "darknet.h"

typedef struct batch_sum batch_sum;

/* What ranks tell each other at an update. */
typedef struct {
    int signal, save; // received; combined: the largest
    double seconds;   // of the run; combined: rank 0's
} rank_news;

/* For a net whose solver sums over ranks from here on. Exits 1 if there are more ranks than images of a
   batch. */
batch_sum *make_batch_sum(network *net);
void free_batch_sum(batch_sum *s);

/* Which images of a batch this rank needs the rows of. */
index_range batch_share(const batch_sum *s);

/* [all] One update. rows: those of batch_share, in order. news: this rank's, becomes the combined one.
   Returns the mean NLL per image, in nats, of the whole batch, as train_network does. The net's solver
   records how the update went, the same on all ranks. */
float train_batch(batch_sum *s, data rows, rank_news *news);

/* Seconds that this rank has spent exchanging gradients so far, waiting included. */
double seconds_of_exchange(const batch_sum *s);

/* After a backward pass: adds its gradient to the batch's. Returns 1 if an update is due: for passes outside
   train_batch, after every `subdivisions` of them. */
int add_pass(network *net);
