/*
image_tree.h - the binary tree over the images of a batch in which gradients are added up, and which part of
it is whose.

The left side of a node has the largest power of two of images that leaves some for the right side. Of seven
images:

    ((0 + 1) + (2 + 3)) + ((4 + 5) + 6)

The shape follows from the number of images, and a node is itself such a tree. So a pass of a net that adds up
a node (slices.h) need not know about the others, and neither the size of the passes, nor the threads, nor the
ranks that divide a batch change a bit of its sum.
*/
#pragma once
#include "base/threads.h"

/* Images first .. first+n-1. */
typedef struct {
    int first, n;
} image_node;

/* The images on the left side of a node of n, n at least 2. */
int left_images(int n);

/* Whether two nodes of the tree over that many images have the same parent, which is then {left.first, left.n
   + right.n}. */
int are_siblings(int images, image_node left, image_node right);

/* The fewest nodes of at most `most` images that make up the range, in order. Returns how many; nodes NULL:
   counts only. */
int cut_range(int images, index_range range, int most, image_node *nodes);

/* The images of rank r of `ranks`: contiguous, and multiples of as large a power of two as leaves no rank
   much more than its share, so that they are few nodes. ranks must not exceed images. */
index_range tree_share(int images, int ranks, int r);

/* The most images of a rank's passes: the largest node of at most `most` images in its share. */
int largest_pass(int images, int most, int ranks, int r);
