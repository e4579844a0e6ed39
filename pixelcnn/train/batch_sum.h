/*
batch_sum.h - one update from a batch: its images in passes, divided among ranks, and the sum of their
gradients.

The gradients of all batch * subdivisions images are added up in the tree of base/image_tree.h. A pass of
Darknet's train_network adds up one node; the sum of a node is kept until its sibling is complete, at most one
for each level; each rank exchanges its remaining sums once, in the solver's sum_updates (solver.h). So passes,
threads and ranks change no bit of weights, costs or norm.

On a device passes are added up one after the other, and the sums of the ranks' devices in the tree over the
ranks: the same number of ranks gives the same bits, another number the same up to rounding.
*/
#pragma once
#include "base/image_tree.h"
#include "darknet.h"

typedef struct batch_sum batch_sum;

/* What each rank tells all others at an update. */
typedef struct {
    int signal, save; // received; of all: the largest
    double seconds;   // of the run; of all: rank 0's
} rank_news;

/* For a net whose solver sums over ranks from here on. Exits 1 if there are more ranks than images of a
   batch. */
batch_sum *make_batch_sum(network *net);
void free_batch_sum(batch_sum *s);

/* The images of a batch whose rows this rank needs. */
index_range batch_share(const batch_sum *s);

/* [all] One update. rows: of batch_share, in order. news: this rank's, becomes that of all. Returns the mean
   NLL per image, in nats, of the whole batch, as train_network does. The net's solver says how the update
   went, the same on all ranks. */
float train_batch(batch_sum *s, data rows, rank_news *news);

/* Seconds that this rank has spent exchanging gradients so far, waiting included. */
double seconds_of_exchange(const batch_sum *s);

/* After a backward pass: its gradient becomes part of the batch's. Returns 1 if the update is due: for passes
   that are not train_batch's, after every `subdivisions` of them. */
int add_pass(network *net);
