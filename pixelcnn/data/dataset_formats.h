/* dataset_formats.h - the interface between dataset.c and the formats of data sets; for those files only. */
#pragma once
#include <stddef.h>
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/data/image_feed.h"

typedef struct {
    const char *folder;
    data_split which;
    const network *net;
    int classes;  // read class labels, which must be below this; 0: do not read labels
    int vectors;  // read label vectors of that many floats from the format itself; 0: do not
    int in_order; // 1: keep the images in sorted order, as a file of labels refers to it
} data_request;

/* Each format's feed_X opens a split, without label vectors from a file beside the images. in_order: as in a
   data_request. Returns 0 if the data set does not have the split. */
typedef struct {
    const char *folder;
    data_split which;
    const picture_shape *shape;
    int in_order;
} feed_request;

/* IDX files under MNIST's names. */
void load_idx_folder(dataset *d, const data_request *q);
void look_at_idx(data_look *l, const char *folder);
/* The names of files to write: images grey or in colour; labels classes or vectors. (4096 bytes each.) */
void name_idx_files(const char *folder, data_split which, int colour, int is_vectors, char *images, char *labels);
/* The files of a split: images, and classes; "" where there are none. (4096 bytes each.) */
void find_idx_files(const char *folder, data_split which, char *images, char *labels);
int feed_idx(image_feed *f, const feed_request *q);

/* CIFAR-10's binary batches. */
int is_cifar_folder(const char *folder);
void load_cifar_folder(dataset *d, const data_request *q);
void look_at_cifar(data_look *l, const char *folder);
int feed_cifar(image_feed *f, const feed_request *q);

/* NumPy's arrays: an .npz archive, or a folder of .npy files. */
int is_npy_data(const char *path);
void load_npy_data(dataset *d, const data_request *q);
void look_at_npy(data_look *l, const char *path);
int feed_npy(image_feed *f, const feed_request *q);
/* A single array of images, without labels. Their names are FILE.npy[0] and so on. */
int is_npy_name(const char *path);
void load_npy_images(dataset *d, const char *path, const network *net);

/* Picture files. */
int is_picture_folder(const char *folder);
void load_picture_folder(dataset *d, const data_request *q);
void look_at_pictures(data_look *l, const char *folder);
int feed_pictures(image_feed *f, const feed_request *q);

/* Finds the folder's file of label vectors, for any format. Returns 0 if there is none. Exits 1 if only the
   other split has one, or if there are class labels too. */
int find_label_vectors(char *path, size_t n, const char *folder, data_split which);
/* Reads d->labels from that file. Exits 1 if they do not fit d->n images and `classes`, or are not finite. */
void load_label_vectors(dataset *d, const char *path, int classes);
/* Reads its vectors one after another. */
struct vector_feed *open_vector_feed(const char *path, int images, int *attributes);
void next_vector(struct vector_feed *v, float *to);
void close_vector_feed(struct vector_feed *v);
/* The number of floats of each vector in it. */
int label_vector_size(const char *path);
/* Whether this is the name of a file of label vectors. */
int is_label_vectors_name(const char *name);

/* Exits 1 unless d's images have the net's shape. */
void require_image_shape(const dataset *d, const char *path, const network *net);
/* Marks n values in seen[value]. Returns how many values were not marked before. */
int mark_values(char seen[256], const unsigned char *x, size_t n);
/* Moves each pixel's colours, (h,w,c), into planes, (c,h,w), in place, in n images of c planes. */
void make_planes(int c, size_t plane, int n, unsigned char *images);
/* The classes of n labels: one more than the largest. */
int count_classes(const unsigned char *label, size_t n);
/* Allocates d->n class numbers below `classes`, all 0. */
void alloc_classes(dataset *d, int classes);
