/*
idx_write.h - writes a split of a data set as IDX files under MNIST's names.

The files are complete on disk, under temporary names, before any of them gets its name (atomic_file.h).
*/
#pragma once
#include "pixelcnn/data/image_feed.h"

typedef struct idx_writer idx_writer;

/* Begins the files for the images that f has, in a folder. Exits 1 if they cannot be written. */
idx_writer *open_idx_writer(const char *folder, data_split which, const image_feed *f);

/* Writes the next image, with its class or vector if f has them. Exits 1 if it cannot be written, or if the
   class is above 255. */
void write_idx_image(idx_writer *w, const unsigned char *image, int class, float *vector);

/* Each exits 1 if it fails. finish flushes the files to disk; publish, called after it, gives them their
   names and frees the writer. */
void finish_idx_writer(idx_writer *w);
void publish_idx_writer(idx_writer *w);
