/*
dataset.h - images and labels, and the rows that a net is fed with.

A data set is a folder. What is in it tells its format; the first of these that fits is read:

IDX       train-images-idx3-ubyte (colour: idx4), train-labels-idx1-ubyte, for the test set t10k-..., raw or .gz
CIFAR-10  data_batch_1.bin to data_batch_5.bin, test_batch.bin: any number of records of 1 label byte + 3 x 32 x 32
images    a sub-folder per class, in train/ and test/, or in the folder itself: there each tenth file of the sorted
          list is the test set (files 10, 20, ... of all, class after class) and the others are the training set.
          PNG and JPEG of any size and colour: they become the net's. The classes are the sub-folders with images,
          as many as the net's label_embed has, in natural order (2 before 10); a net without one takes images from
          sub-folders or from beside them, in the order of their bytes. Dot-files and what systems put there
          (__MACOSX) are left out; other files are skipped, and counted on stderr. The classes are mixed evenly.

For a net with attributes=1 in its label_embed any of them must bring train-labels-idx2-float and
t10k-labels-idx2-float, raw or .gz: IDX files of type 0x0D, (n, classes). Their rows are the labels as they are, in place
of classes. Row i is for image i; images in files are then in sorted order: those beside sub-folders, then each
sub-folder's.
*/
#pragma once
#include "darknet.h"

typedef enum { SPLIT_TRAIN, SPLIT_TEST } data_split;

typedef struct {
    int n, c, h, w;
    unsigned char *pixels; // (n,c,h,w), 8 bit
    float *labels;         // (n,classes), or NULL for a net without label
    char **names;          // (n) of the files, where each image is one; else NULL
    int classes;           // floats a label
} dataset;

/* The data set in a folder. Labels are read where the net has a label_embed. Exits 1 where files are missing,
   damaged, or do not fit the net. On stderr: classes without a training image, and images that are all the same. */
dataset load_dataset(const char *folder, data_split which, const network *net);
void free_dataset(dataset *d);

/* A picture file, or a folder with pictures but no sub-folder: not divided into splits, without labels (zeros where the
   net has a label_embed). */
int is_loose_pictures(const char *path);
dataset load_loose_pictures(const char *path, const network *net);

/* Net input (C*H*W scaled pixels, then the label) and truth (C*H*W levels) of image i. */
void fill_row(const dataset *d, const network *net, int i, float *input, float *truth);

/* The label of class k, a row of `classes` floats, OVERWRITTEN. */
void one_hot_label(float *label, int classes, int k);
