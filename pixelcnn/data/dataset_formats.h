/*
dataset_formats.h - what dataset.c asks of the formats that a data set may come in; for those files only.
*/
#pragma once
#include <stddef.h>
#include "pixelcnn/data/dataset.h"

typedef struct {
    const char *folder;
    data_split which;
    const network *net;
    int classes;  // class labels are wanted, below it; 0: none are
    int in_order; // 1: the images go with a file of labels, so that their order is a promise
} data_request;

/* IDX files under MNIST's names. */
int is_idx_folder(const char *folder);
void load_idx_folder(dataset *d, const data_request *q);

/* CIFAR-10's binary batches. */
int is_cifar_folder(const char *folder);
void load_cifar_folder(dataset *d, const data_request *q);

/* Images, one a file. */
int is_picture_folder(const char *folder);
void load_picture_folder(dataset *d, const data_request *q);

/* The folder's file of label vectors, for any format. Returns 0 where it has none; exits 1 where only the other split
   has one, or where class labels stand beside it. */
int find_label_vectors(char *path, size_t n, const char *folder, data_split which);
/* d->labels from that file; exits 1 where they do not fit d->n images and that many classes, or are not finite. */
void load_label_vectors(dataset *d, const char *path, int classes);
/* Whether a file of the folder has the name of one of label vectors. */
int is_label_vectors_name(const char *name);

/* Exits 1 where images of d's shape are not what the net takes. */
void require_image_shape(const dataset *d, const char *path, const network *net);
/* Room for d->n labels of that many floats, zero. */
void alloc_labels(dataset *d, int classes);
