/* image_arguments.h - DATA or IMAGES... on a command line: a data set, or any number of picture files and
   folders of them. */
#pragma once
#include "pixelcnn/commands/outputs.h"
#include "pixelcnn/data/dataset.h"

enum { MOST_IMAGE_ARGUMENTS = 1 << 20 };

typedef struct {
    const char *const *path;
    int n;     // of paths
    int loose; // 1: pictures without labels; 0: path[0] is a data set
} image_arguments;

/* Reads the NULL-terminated list: the pictures at its start, or else one data set. Exits 1 if a file with a
   picture's name does not exist. */
image_arguments read_image_arguments(const char *const *a);

/* Exits 1 if an argument follows. */
void need_no_more(const char *command, const image_arguments *x);

/* The pictures, or the data set's test images. Exits 1 if they do not fit the net. */
dataset load_images(const image_arguments *x, const network *net);

/* The pictures or the data set as inputs for check_outputs, after CFG and WEIGHTS and up to `more` other
   inputs; ends with a NULL name. Free it. */
named_path *name_inputs(const image_arguments *x, const named_path *more, int nmore);
