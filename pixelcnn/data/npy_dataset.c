/*
npy_dataset.c - data sets of NumPy arrays: an .npz archive, or a folder of .npy files. See dataset_formats.h.

Images (n,H,W) or (n,H,W,C), unsigned bytes or booleans; labels (n) or (n,1), integers, or vectors (n,classes) for a net of attributes. Arrays
have one of the names that Keras, MedMNIST and numpy.savez users give them; x and y of an archive are what
`sample -npy` writes: a test set.
*/
#include <limits.h>
#include <string.h>
#include <unistd.h>
#include "base/available_memory.h"
#include "base/byte_source.h"
#include "base/errors.h"
#include "base/memory.h"
#include "pixelcnn/data/dataset_formats.h"
#include "pixelcnn/data/npy.h"

enum { NAMES = 4, NAMES_IN_FOLDERS = 3 }; // a folder's x.npy may be anything
static const char *const image_names[][NAMES] = {[SPLIT_TRAIN] = {"train_images", "train-images", "x_train"},
                                                 [SPLIT_TEST] = {"test_images", "test-images", "x_test", "x"}};
static const char *const label_names[][NAMES] = {[SPLIT_TRAIN] = {"train_labels", "train-labels", "y_train"},
                                                 [SPLIT_TEST] = {"test_labels", "test-labels", "y_test", "y"}};

static int ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && !strcmp(text + n - m, end);
}

/* Opens the array of one of these names; NULL if there is none. `name` (4096 bytes): the file, for messages. */
static byte_source *find_array(const char *path, const char *const *names, char *name)
{
    int is_archive = ends_with(path, ".npz");
    for (int i = 0; i < (is_archive ? NAMES : NAMES_IN_FOLDERS) && names[i]; ++i) {
        char member[64];
        snprintf(member, sizeof member, "%s.npy", names[i]);
        snprintf(name, 4096, is_archive ? "%s(%s)" : "%s/%s", path, member);
        byte_source *s = is_archive ? open_zip_member(path, member) : access(name, F_OK) ? 0 : open_byte_source(name);
        if (s) return s;
    }
    return 0;
}

static byte_source *need_array(const char *path, const char *const *names, char *name)
{
    byte_source *s = find_array(path, names, name);
    if (!s) die("%s: no array %s, %s or %s in it", path, names[0], names[1], names[2]);
    return s;
}

int is_npy_data(const char *path)
{
    if (ends_with(path, ".npz") && !access(path, F_OK)) return 1;
    char name[4096];
    for (int which = 0; which < 2; ++which)
        for (int i = 0; i < NAMES_IN_FOLDERS; ++i) {
            snprintf(name, sizeof name, "%s/%s.npy", path, image_names[which][i]);
            if (!access(name, F_OK)) return 1;
        }
    return 0;
}

static int may_be_channels(int size) { return size == 1 || size == 3; }

/* As PyTorch has them, images are (n,C,H,W). */
static npy_header open_shape(byte_source *s, const char *name)
{
    npy_header x = open_npy(s, name);
    if (x.ndims < 3) die("%s: %d dimensions, expected (n,H,W) or (n,H,W,C)", name, x.ndims);
    if (x.ndims == 4 && may_be_channels(x.dims[1]) && !may_be_channels(x.dims[3]))
        die("%s: shape (%d, %d, %d, %d), expected (n,H,W,C): save numpy.ascontiguousarray(numpy.moveaxis(a, 1, -1))",
            name, x.dims[0], x.dims[1], x.dims[2], x.dims[3]);
    return x;
}

static int array_channels(const npy_header *x) { return x->ndims == 4 ? x->dims[3] : 1; }

/* The shape of an array of images into d. */
static npy_header open_images(dataset *d, byte_source *s, const char *name, const network *net)
{
    npy_header x = open_shape(s, name);
    d->n = x.dims[0];
    d->h = x.dims[1];
    d->w = x.dims[2];
    d->c = array_channels(&x);
    require_image_shape(d, name, net);
    return x;
}

/* Moves each pixel's colours, (H,W,C), into planes, (C,H,W), in place. */
static void make_planes(dataset *d)
{
    size_t plane = (size_t)d->h * d->w;
    unsigned char *image = checked_malloc(plane * d->c);
    for (int i = 0; d->c > 1 && i < d->n; ++i) {
        unsigned char *p = d->pixels + i * plane * d->c;
        memcpy(image, p, plane * d->c);
        for (size_t k = 0; k < plane * d->c; ++k) p[k % d->c * plane + k / d->c] = image[k];
    }
    free(image);
}

static void read_classes(dataset *d, const npy_header *x, int classes)
{
    if (x->dims[0] != d->n || x->items != (size_t)d->n)
        die("%s: %zu labels for %d images%s", x->name, x->items, d->n,
            x->ndims == 2 && x->dims[0] == d->n ? ": label vectors need attributes=1 in [label_embed]" : "");
    int *label = read_npy_integers(x);
    alloc_labels(d, classes);
    for (int i = 0; i < d->n; ++i) {
        if (label[i] < 0 || label[i] >= classes)
            die("%s: item %d: label %d, the cfg has classes=%d", x->name, i, label[i], classes);
        one_hot_label(d->labels + (size_t)i * classes, classes, label[i]);
    }
    free(label);
}

static void read_vectors(dataset *d, const npy_header *x, int classes)
{
    if (x->ndims != 2 || x->dims[0] != d->n || x->dims[1] != classes)
        die("%s: expected labels of shape (%d, %d), (images, classes of the cfg)", x->name, d->n, classes);
    d->classes = classes;
    d->labels = read_npy_floats(x);
}

void load_npy_data(dataset *d, const data_request *q)
{
    char name[4096], labels_name[4096];
    byte_source *images = need_array(q->folder, image_names[q->which], name);
    npy_header x = open_images(d, images, name, q->net);
    if (q->classes || q->vectors) {
        npy_header l = open_npy(need_array(q->folder, label_names[q->which], labels_name), labels_name);
        require_memory(x.items + (double)l.items * l.bytes + sizeof(float) * d->n * (q->classes + q->vectors), name,
                       "its images and labels");
        if (q->classes)
            read_classes(d, &l, q->classes);
        else
            read_vectors(d, &l, q->vectors);
    }
    d->pixels = read_npy_bytes(&x);
    make_planes(d);
}

/* Numbers from 0 on are classes, several in a row attributes. */
static void look_at_labels(data_look *l, byte_source *s, const char *name)
{
    npy_header y = open_npy(s, name);
    if (y.ndims == 2 && y.dims[1] > 1) {
        l->attributes = 1;
        l->classes = y.dims[1];
        close_byte_source(s);
        return;
    }
    int *label = read_npy_integers(&y);
    for (size_t i = 0; i < y.items; ++i)
        if (label[i] < INT_MAX && label[i] >= l->classes) l->classes = label[i] + 1;
    free(label);
}

void look_at_npy(data_look *l, const char *path)
{
    char name[4096];
    npy_header x = open_shape(need_array(path, image_names[SPLIT_TRAIN], name), name);
    l->images = x.dims[0];
    l->h = x.dims[1];
    l->w = x.dims[2];
    l->c = array_channels(&x);
    unsigned char *items = read_npy_bytes(&x);
    l->values = mark_values(l->seen, items, x.items);
    free(items);
    byte_source *labels = find_array(path, label_names[SPLIT_TRAIN], name);
    if (labels) look_at_labels(l, labels, name);
}
