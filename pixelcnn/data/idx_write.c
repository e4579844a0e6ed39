#include <stdlib.h>
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/memory.h"
#include "pixelcnn/data/dataset_formats.h"
#include "pixelcnn/data/idx.h"
#include "pixelcnn/data/idx_write.h"

enum { MOST_CLASS = 255 };

struct idx_writer {
    char images_path[4096], labels_path[4096];
    atomic_file images, labels; // labels: classes or vectors
    int has_labels, attributes, written;
    size_t row; // bytes of an image
};

/* Abandons both files and exits 1. */
static __attribute__((noreturn)) void fail(idx_writer *w, const char *error)
{
    char line[512];
    snprintf(line, sizeof line, "%s", error); // of a file that is abandoned
    atomic_abandon(&w->images);
    if (w->has_labels) atomic_abandon(&w->labels);
    die("%s", line);
}

static void put(idx_writer *w, atomic_file *f, const void *data, size_t bytes)
{
    atomic_write(f, data, bytes);
    if (f->error[0]) fail(w, f->error);
}

static void begin(idx_writer *w, atomic_file *f, const char *path, idx_type type, int n, const int *dims)
{
    atomic_open(f, path);
    write_idx_header(f, type, n, dims);
    if (f->error[0]) fail(w, f->error);
}

idx_writer *open_idx_writer(const char *folder, data_split which, const image_feed *f)
{
    idx_writer *w = checked_calloc(1, sizeof *w);
    int colour = f->c != 1, grey_dims[] = {f->n, f->h, f->w}, colour_dims[] = {f->n, f->c, f->h, f->w};
    int label_dims[] = {f->n, f->attributes};
    w->attributes = f->attributes;
    w->row = (size_t)f->c * f->h * f->w;
    name_idx_files(folder, which, colour, f->attributes > 0, w->images_path, w->labels_path);
    begin(w, &w->images, w->images_path, IDX_BYTE, colour ? 4 : 3, colour ? colour_dims : grey_dims);
    if (!f->has_classes && !f->attributes) return w;
    w->has_labels = 1;
    begin(w, &w->labels, w->labels_path, f->attributes ? IDX_FLOAT : IDX_BYTE, f->attributes ? 2 : 1, label_dims);
    return w;
}

void write_idx_image(idx_writer *w, const unsigned char *image, int class, float *vector)
{
    unsigned char byte = class;
    put(w, &w->images, image, w->row);
    if (w->attributes) {
        order_idx_floats((unsigned char *)vector, w->attributes);
        put(w, &w->labels, vector, w->attributes * sizeof *vector);
    } else if (w->has_labels) {
        if (class < 0 || class > MOST_CLASS) {
            char error[128];
            snprintf(error, sizeof error, "image %d: class %d: an IDX file has classes 0 to %d", w->written, class,
                     MOST_CLASS);
            fail(w, error);
        }
        put(w, &w->labels, &byte, 1);
    }
    ++w->written;
}

void finish_idx_writer(idx_writer *w)
{
    if (atomic_finish(&w->images)) fail(w, w->images.error);
    if (w->has_labels && atomic_finish(&w->labels)) fail(w, w->labels.error);
}

void publish_idx_writer(idx_writer *w)
{
    if (w->has_labels && atomic_close(&w->labels)) fail(w, w->labels.error);
    if (atomic_close(&w->images)) fail(w, w->images.error);
    free(w);
}
