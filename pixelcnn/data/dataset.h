/*
dataset.h - images and labels, and the rows that are fed to a net.

A data set is a folder, or an .npz file. Its contents determine the format, the first of these that matches:

IDX       train-images-idx3-ubyte (colour: idx4), train-labels-idx1-ubyte, for the test set t10k-..., raw or .gz
CIFAR-10  data_batch_1.bin to data_batch_5.bin, test_batch.bin: any number of records of 1 label byte + 3 x 32 x 32
images    a sub-folder per class, in train/ and test/, or in the folder itself: then every tenth file of the
          sorted list (files 10, 20, ... of all, class after class) is in the test set and the others in the
          training set.
          PNG and JPEG of any size and colour: they become the net's. The classes are the sub-folders with images, as many as the net's label_embed has, in natural order (2 before 10); a net without one takes images from sub-folders or from beside them, in the order of their bytes. Dot-files and folders that systems create (__MACOSX) are ignored; other files are skipped, and counted on stderr. The classes are mixed evenly.

For a net with attributes=1 in its label_embed the folder must also contain train-labels-idx2-float and
t10k-labels-idx2-float, raw or .gz: IDX files of type 0x0D, (n, classes). Their rows are the labels, in place
of classes. Row i belongs to image i; picture files are then in sorted order, those outside sub-folders first.

Classes have the names of their sub-folders. In the other formats the names are in a file beside the images,
one per line: classes.names or CIFAR-10's batches.meta.txt in the folder, or NAME.names beside NAME.npz
(class_names.h).
*/
#pragma once
#include <stdint.h>
#include "base/row_file.h"
#include "darknet.h"

typedef enum { SPLIT_TRAIN, SPLIT_TEST } data_split;

/* Images and labels are in memory, or stay in their file and are read row by row: raw IDX files, and images
   of raw .npy files. read_images and read_label read either kind. For a net without labels, labels,
   class_numbers and class_file are NULL. */
typedef struct {
    int n, c, h, w;
    unsigned char *pixels; // (n,c,h,w), 8 bit; NULL: in image_file
    row_file *image_file;  // one row per image
    int colours_last;      // 1: rows of image_file are (h,w,c)
    int classes;           // floats per label
    float *labels;         // vectors of `classes` floats
    int label_rows;        // of `labels`: image i has row i % label_rows; 0: row i
    int *class_numbers;    // (n) classes
    row_file *class_file;  // one byte per image
    char **names;          // (n) file names, if each image is a file; else NULL
    char **class_names;    // (classes); NULL: unknown
    struct {
        int from, end;
        uint64_t seed;
    } binarised; // images from .. end-1 are drawn black and white as they are read (binarise.h)
} dataset;

/* Loads the data set in a folder, with labels if the net has a label_embed. Exits 1 if files are missing,
   damaged or do not fit the net. Reports on stderr: classes without training images, images that are all
   identical, and classes that have other names in the data than in the net. */
dataset load_dataset(const char *folder, data_split which, const network *net);
void free_dataset(dataset *d);

/* What a data set is like, to write a cfg that fits it. */
typedef struct {
    const char *format;          // for messages
    int images;                  // in the training set
    int c, h, w;                 // of the images; for pictures the median of each side, and c 3 if any has colours
    int sizes_differ;            // pictures: 1 if not all have that size
    int smallest[2], largest[2]; // pictures: height and width
    int classes;                 // 0: no labels
    int attributes;              // 1: labels are vectors of `classes` numbers
    int values;                  // different values in the images, up to 256
    char seen[256];              // 1: the value occurs
} data_look;

/* Examines the training set. Only a sample of pictures is read; their classes are reported on stderr. Exits 1
   as load_dataset does. */
data_look look_at_data(const char *folder);

/* A picture file, a folder of pictures without sub-folders, or a .npy file of images. */
int is_loose_pictures(const char *path);

/* Loads n such files and folders, in this order; a folder's files are sorted. A .npy file must be the only
   one. There are no splits, and labels are zeros if the net has a label_embed. */
dataset load_loose_pictures(const char *const *paths, int n, const network *net);

/* Reads a picture in the net's shape (C,H,W), as [net] fit says. */
void read_net_picture(const char *path, const network *net, unsigned char *to);

/* Reads images first .. first+n-1 (n,c,h,w), 8 bit. Exits 1 if their file has been truncated. Any thread may
   call it. */
void read_images(const dataset *d, int first, int n, unsigned char *to);

/* The label of image i, `classes` floats. */
void read_label(const dataset *d, int i, float *to);
int has_labels(const dataset *d);
/* If labels are classes: those of images first .. first+n-1, and that of image i. */
void read_class_numbers(const dataset *d, int first, int n, int *to);
int class_of_image(const dataset *d, int i);

/* The same images, all with this label of `classes` floats. Do not free it. */
dataset with_label(const dataset *d, float *label);

/* Writes the net's input (C*H*W scaled pixels, then the label) and truth (C*H*W levels) for image i. */
void fill_row(const dataset *d, const network *net, int i, float *input, float *truth);

/* The same with 8-bit values (C,H,W) in place of image i's. */
void fill_changed_row(const dataset *d, const network *net, int i, const unsigned char *values, float *input,
                      float *truth);

/* The label of class k, a row of `classes` floats, OVERWRITTEN. */
void one_hot_label(float *label, int classes, int k);
