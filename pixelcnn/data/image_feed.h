/*
image_feed.h - the images of a data set of any format, one after another, in the order that training uses.

Holds one image at a time, and of the others at most their file names or classes (attributes in NumPy arrays:
all of them). No net is needed: arrays have their own shape, and pictures get the shape requested.
*/
#pragma once
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/pictures/picture.h"

/* For pictures. classes 0: they have none, whatever the folders. */
typedef struct {
    int c, h, w, classes;
    picture_fit fit;
} picture_shape;

typedef struct image_feed image_feed;
struct image_feed {
    int n, c, h, w;
    int has_classes;
    int attributes;     // floats of a label vector; 0: none
    char **class_names; // for folders of pictures: (nclasses); else NULL
    int nclasses;
    /* Reads the next image (c,h,w), its class if it has one, and its vector if there are attributes. Exits 1
       if the data are damaged, and at the last image if there are more. */
    void (*next)(image_feed *f, unsigned char *image, int *class, float *vector);
    void (*close)(image_feed *f);
    void *own;                   // the format's own data
    struct vector_feed *vectors; // from a file beside the images; NULL: none
};

/* Opens a split. Returns 0 if the data set does not have it. Exits 1 as load_dataset does. */
int open_image_feed(image_feed *f, const char *data, data_split which, const picture_shape *shape);
void next_image(image_feed *f, unsigned char *image, int *class, float *vector);
void close_image_feed(image_feed *f);

/* Whether the images have their own shape, as in all formats but pictures. */
int has_own_shape(const char *data);

/* The number of sub-folders of a folder of pictures that are classes. */
int count_class_folders(const char *folder);

/* Whether a folder has IDX files under MNIST's names. */
int is_idx_folder(const char *folder);

/* The names of the classes from the file beside the data, *n of them; NULL: there are none. Free them with
   free_class_names. */
char **names_beside(const char *data, int *n);
