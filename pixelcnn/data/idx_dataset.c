/*
idx_dataset.c - data sets in IDX files under MNIST's names, and label vectors in IDX files. See dataset_formats.h.
*/
#include <math.h>
#include <unistd.h>
#include "base/available_memory.h"
#include "base/byte_source.h"
#include "base/errors.h"
#include "pixelcnn/data/dataset_formats.h"
#include "pixelcnn/data/idx.h"

static const char *const split_names[] = {"train", "t10k"};
static const char *const images[] = {"images-idx3-ubyte", "images-idx4-ubyte", 0};
static const char *const labels[] = {"labels-idx1-ubyte", 0};
static const char *const vectors[] = {"labels-idx2-float", 0};

/* Finds the file of that kind in the folder; path is "" if there is none. */
static void find_file(char *path, size_t n, const char *folder, data_split which, const char *const *kinds)
{
    for (; *kinds; ++kinds)
        for (int gz = 0; gz < 2; ++gz) {
            snprintf(path, n, "%s/%s-%s%s", folder, split_names[which], *kinds, gz ? ".gz" : "");
            if (!access(path, F_OK)) return;
        }
    *path = 0;
}

static void need_file(char *path, size_t n, const char *folder, data_split which, const char *const *kinds)
{
    find_file(path, n, folder, which, kinds);
    if (!*path) die("%s: no %s-%s or .gz in it", folder, split_names[which], kinds[0]);
}

/* Reads the header of a file of images, and checks their shape against the net's. */
static idx_header open_images(dataset *d, const char *path, const network *net)
{
    idx_header x = open_idx(path, IDX_BYTE, 3, 4);
    d->n = x.dims[0];
    d->c = x.ndims == 4 ? x.dims[1] : 1;
    d->h = x.dims[x.ndims - 2];
    d->w = x.dims[x.ndims - 1];
    require_image_shape(d, path, net);
    return x;
}

static idx_header open_labels(const dataset *d, const char *path)
{
    idx_header x = open_idx(path, IDX_BYTE, 1, 1);
    if (x.dims[0] != d->n) die("%s: %d labels for %d images", path, x.dims[0], d->n);
    return x;
}

static void read_labels(dataset *d, const idx_header *x, int classes)
{
    unsigned char *label = read_idx_items(x);
    alloc_labels(d, classes);
    for (int i = 0; i < d->n; ++i) {
        if (label[i] >= classes)
            die("%s: byte %lld: label %d, the cfg has classes=%d", x->file, 8ll + i, label[i], classes);
        one_hot_label(d->labels + (size_t)i * classes, classes, label[i]);
    }
    free(label);
}

int is_idx_folder(const char *folder)
{
    char path[4096];
    find_file(path, sizeof path, folder, SPLIT_TRAIN, images);
    if (!*path) find_file(path, sizeof path, folder, SPLIT_TEST, images);
    return *path != 0;
}

/* Reads both headers before any items, and the small file before the large one. */
void load_idx_folder(dataset *d, const data_request *q)
{
    char path[4096], labels_path[4096];
    need_file(path, sizeof path, q->folder, q->which, images);
    idx_header x = open_images(d, path, q->net);
    if (q->classes) {
        need_file(labels_path, sizeof labels_path, q->folder, q->which, labels);
        idx_header l = open_labels(d, labels_path);
        require_memory(x.items + l.items * (1 + (double)sizeof(float) * q->classes), path, "its images and labels");
        read_labels(d, &l, q->classes);
    }
    d->pixels = read_idx_items(&x);
}

void look_at_idx(data_look *l, const char *folder)
{
    char path[4096], labels_path[4096];
    need_file(path, sizeof path, folder, SPLIT_TRAIN, images);
    find_file(labels_path, sizeof labels_path, folder, SPLIT_TRAIN, labels);
    idx_header x = open_idx(path, IDX_BYTE, 3, 4);
    l->images = x.dims[0];
    l->c = x.ndims == 4 ? x.dims[1] : 1;
    l->h = x.dims[x.ndims - 2];
    l->w = x.dims[x.ndims - 1];
    unsigned char *items = read_idx_items(&x);
    l->values = mark_values(l->seen, items, x.items);
    free(items);
    if (!*labels_path) return;
    idx_header y = open_idx(labels_path, IDX_BYTE, 1, 1);
    items = read_idx_items(&y);
    l->classes = count_classes(items, y.items);
    free(items);
}

int label_vector_size(const char *path)
{
    idx_header x = open_idx(path, IDX_FLOAT, 2, 2);
    close_byte_source(x.source);
    return x.dims[1];
}

int find_label_vectors(char *path, size_t n, const char *folder, data_split which)
{
    char other[4096];
    find_file(path, n, folder, which, vectors);
    find_file(other, sizeof other, folder, which == SPLIT_TRAIN ? SPLIT_TEST : SPLIT_TRAIN, vectors);
    if (!*path && *other) die("%s: no %s-%s or .gz in it beside %s", folder, split_names[which], vectors[0], other);
    if (!*path) return 0;
    find_file(other, sizeof other, folder, which, labels);
    if (*other)
        die("%s: the folder has class labels too; remove this file to use classes, or %s to use these vectors", path,
            other);
    return 1;
}

void load_label_vectors(dataset *d, const char *path, int classes)
{
    idx_header x = open_idx(path, IDX_FLOAT, 2, 2);
    if (x.dims[0] != d->n) die("%s: %d labels for %d images", path, x.dims[0], d->n);
    if (x.dims[1] != classes) die("%s: labels of %d floats, the cfg has classes=%d", path, x.dims[1], classes);
    float *t = read_idx_items(&x);
    for (size_t i = 0; i < x.items; ++i)
        if (!isfinite(t[i])) die("%s: byte %zu: label %zu contains %g", path, 12 + 4 * i, i / classes, t[i]);
    d->classes = classes;
    d->labels = t;
}

int is_label_vectors_name(const char *name)
{
    char known[64];
    for (int k = 0; k < 4; ++k) {
        snprintf(known, sizeof known, "%s-%s%s", split_names[k / 2], vectors[0], k % 2 ? ".gz" : "");
        if (!strcmp(name, known)) return 1;
    }
    return 0;
}
