/*
dataset.h - images and labels, and the rows that a net is fed with.
*/
#ifndef DATASET_H
#define DATASET_H
#include "darknet.h"

typedef enum { SPLIT_TRAIN, SPLIT_TEST } split;

typedef struct {
    int n, c, h, w;
    unsigned char *pixels; // (n,c,h,w), 8 bit
    float *labels;         // (n,classes), or NULL for a net without label
    int classes;           // floats a label
} dataset;

/* A folder of IDX files under MNIST's names, raw or .gz: train-images-idx3-ubyte (colour: idx4),
   train-labels-idx1-ubyte, t10k-... for the test set. Labels are read where the net has a label_embed.
   Exits 1 where files are missing, damaged, or do not fit the net. */
dataset load_dataset(const char *folder, split which, const network *net);
void free_dataset(dataset *d);

/* Net input (C*H*W scaled pixels, then the label) and truth (C*H*W levels) of image i. */
void fill_row(const dataset *d, const network *net, int i, float *input, float *truth);

/* The label of class k, a row of `classes` floats, OVERWRITTEN. */
void one_hot(float *label, int classes, int k);

#endif
