#include <stdlib.h>
#include <string.h>
#include "base/byte_source.h"
#include "base/memory.h"
#include "pixelcnn/data/dataset_formats.h"
#include "pixelcnn/data/idx.h"

typedef struct {
    char images_path[4096], labels_path[4096];
    idx_header images, labels;
    size_t row; // bytes of an image
    int read;   // images so far
} idx_feed;

static void next(image_feed *f, unsigned char *image, int *class, float *vector)
{
    idx_feed *own = f->own;
    unsigned char label;
    (void)vector;
    read_idx_bytes(&own->images, image, own->read * own->row, own->row);
    if (f->has_classes) read_idx_bytes(&own->labels, &label, own->read, 1);
    if (f->has_classes) *class = label;
    ++own->read;
}

static void close_idx(image_feed *f)
{
    idx_feed *own = f->own;
    close_byte_source(own->images.source);
    if (f->has_classes) close_byte_source(own->labels.source);
    free(own);
}

int feed_idx(image_feed *f, const feed_request *q)
{
    idx_feed *own = checked_calloc(1, sizeof *own);
    find_idx_files(q->folder, q->which, own->images_path, own->labels_path);
    if (!*own->images_path) {
        free(own);
        return 0;
    }
    idx_header x = own->images = open_idx(own->images_path, IDX_BYTE, 3, 4);
    *f = (image_feed){.n = x.dims[0],
                      .c = x.ndims == 4 ? x.dims[1] : 1,
                      .h = x.dims[x.ndims - 2],
                      .w = x.dims[x.ndims - 1],
                      .has_classes = *own->labels_path != 0,
                      .next = next,
                      .close = close_idx,
                      .own = own};
    own->row = x.items / f->n;
    if (!f->has_classes) return 1;
    own->labels = open_idx_labels(own->labels_path, IDX_BYTE, f->n);
    return 1;
}

/* ---- label vectors ---- */

typedef struct vector_feed {
    char path[4096];
    idx_header x;
    int read; // vectors so far
} vector_feed;

vector_feed *open_vector_feed(const char *path, int images, int *attributes)
{
    vector_feed *v = checked_calloc(1, sizeof *v);
    snprintf(v->path, sizeof v->path, "%s", path);
    v->x = open_idx_labels(v->path, IDX_FLOAT, images);
    *attributes = v->x.dims[1];
    return v;
}

void next_vector(vector_feed *v, float *to)
{
    size_t floats = v->x.dims[1];
    read_idx_bytes(&v->x, (unsigned char *)to, v->read++ * floats * sizeof *to, floats * sizeof *to);
    order_idx_floats((unsigned char *)to, floats);
}

void close_vector_feed(vector_feed *v)
{
    if (!v) return;
    close_byte_source(v->x.source);
    free(v);
}
