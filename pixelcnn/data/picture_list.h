/* picture_list.h - the files of a picture data set, and their classes; for the files of this format only. */
#pragma once
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/data/folder_names.h"

typedef struct {
    char *path;
    int class;
    double place; // within its class, from 0 to 1
} picture_file;

typedef struct {
    picture_file *file;
    int n, capacity;
    int others; // files that are not images
    name_list classes;
    char *first_other;
} picture_list;

/* The files of a split. classes: as in the cfg; 0: none. in_order 1: sorted; 0: the classes are mixed evenly.
   Exits 1 if there are no files, or if the classes differ from the cfg's. Reports on stderr what was skipped
   and, for training, the numbers of the classes. Free `file`, and each file's path and the classes, unless
   the data set keeps them. */
picture_list list_pictures(const char *folder, data_split which, int classes, int in_order);

/* A picture, or a folder of pictures without sub-folders. */
picture_list list_loose_pictures(const char *path);

/* Whether the folder has the split: an undivided one has both. */
int has_picture_split(const char *folder, data_split which);
