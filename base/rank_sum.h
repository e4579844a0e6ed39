/*
rank_sum.h - adds up an array over all images of a batch that ranks have divided (image_tree.h), to the same
bits for any number of them.

Each rank has the sums of the nodes that make up its share. They are exchanged once, in slices: rank r gets
slice r of every node's sum, adds them up in the order of the tree, and all gather the slices of the result.
So a rank sends and receives 2 (N-1) / N times the array for N ranks, as in the best all-reduce, and adds up
its part only. No sum is left to MPI, which chooses an order of its own.
*/
#pragma once
#include "base/image_tree.h"
#include "base/ranks.h"

typedef struct {
    int images;
    size_t floats;     // of the array
    int n;             // nodes of all ranks, in order
    image_node *nodes; // (n)
    int *rank;         // (n) whose they are
    int own;           // this rank's
    float *received;   // its slice of the others' sums
    float **slice;     // (n) its slice of each node's sum
} rank_sum;

/* sum += x, by all threads where that pays. */
void add_by_all_threads(size_t n, const float *x, float *sum);

/* Shares by tree_share. */
rank_sum make_rank_sum(int images, size_t floats);
void free_rank_sum(rank_sum *s);

/* Data exchanged along with it: `bytes` bytes of each rank, from sent to received[r] for all other ranks
   r. */
typedef struct {
    const void *sent;
    void **received;
    const size_t *bytes;
} side_message;

/* [all] Exchanges only these, without a sum. */
void exchange_side_messages(const side_message *side, int n);

/* [all] own: the sums of this rank's nodes, s->own arrays in their order, all OVERWRITTEN. own[0] becomes the
   sum over all images. */
void sum_over_ranks(rank_sum *s, float *const *own, const side_message *side, int nside);
