/*
slices.h - the workspace of a pass through a layer: scratch for each part, and sums over the images of a
batch, such as gradients of weights.

Each image is summed by itself, from zero, and the images' sums are added in a binary tree whose shape depends
on the batch alone (image_tree.h).

A part adds up whole subtrees; the few nodes above them are added element by element. So neither the number of
parts nor that of threads changes a bit. A backward pass, with image functions that ADD to s->sum:

    phase 1    sum_images(&work, images, part)
    phase 2    sum_subtrees(&work, images, part)
    phase 3    ... summed(&work, workspace, i) ...
*/
#pragma once
#include <stddef.h>
#include "base/threads.h"

#define MAX_SUMMED 8 // sums of one layer: fixed by its kind, whatever its cfg says

typedef struct {
    int parts;      // into which a batch is divided
    size_t scratch; // floats of scratch per part
    int n;          // sums
    size_t size[MAX_SUMMED];
} slices;

/* What a function for one image may write: scratch, and the sums. */
typedef struct {
    float *scratch;
    float *sum[MAX_SUMMED];
} slice;

portion portion_of(const slices *p, int part);
void add_sum(slices *p, size_t size); // one more sum, of `size` floats

/* Bytes of workspace that passes with up to `batch` images need. */
size_t slices_bytes(const slices *p, int batch);
/* How many copies of its sums a backward pass through a batch holds. */
int sum_copies(int parts, int batch);

/* The scratch of a part in a pass without sums. */
float *slice_scratch(const slices *p, float *workspace, int part);

typedef struct {
    int batch;
    void (*add)(const void *context, int b, slice *s); // adds image b to sums that are zero
    const void *context;
    float *workspace;
} summed_images;

void sum_images(const slices *p, const summed_images *t, int part);   // a part's subtrees
void sum_subtrees(const slices *p, const summed_images *t, int part); // a part's share of adding them up
float *summed(const slices *p, float *workspace, int i);              // where sum_subtrees leaves sum i
