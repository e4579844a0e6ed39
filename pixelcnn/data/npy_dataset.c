/*
npy_dataset.c - data sets of NumPy arrays: an .npz archive, or a folder of .npy files. See dataset_formats.h.

Images (n,H,W) or (n,H,W,C), unsigned bytes or booleans; labels (n) or (n,1), integers, or vectors (n,classes)
for a net of attributes. Arrays have one of the names that Keras, MedMNIST and numpy.savez users give them; x
and y of an archive are what `sample -npy` writes: a test set.
*/
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/available_memory.h"
#include "base/byte_source.h"
#include "base/errors.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/text.h"
#include "pixelcnn/data/dataset_formats.h"
#include "pixelcnn/data/npy.h"

/* A folder's x.npy may be anything; AT_ONCE: bytes. */
enum { NAMES = 4, NAMES_IN_FOLDERS = 3, MOST_NAMED = 8, AT_ONCE = 1 << 16 };
static const char *const image_names[][NAMES] = {[SPLIT_TRAIN] = {"train_images", "train-images", "x_train"},
                                                 [SPLIT_TEST] = {"test_images", "test-images", "x_test", "x"}};
static const char *const label_names[][NAMES] = {[SPLIT_TRAIN] = {"train_labels", "train-labels", "y_train"},
                                                 [SPLIT_TEST] = {"test_labels", "test-labels", "y_test", "y"}};

/* Opens the array of one of these names; NULL if there is none. `name` (4096 bytes): the file, for
   messages. */
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
    if (s) return s;
    char *has = ends_with(path, ".npz") ? zip_members(path, ".npy", MOST_NAMED) : copy_text("");
    die("%s: no array %s, %s or %s in it%s%s", path, names[0], names[1], names[2], *has ? "; it has " : "", has);
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
    if (x.ndims < 3)
        die("%s: %d dimension%s, expected (n,H,W) or (n,H,W,C)%s", name, x.ndims, plural_s(x.ndims),
            x.ndims == 2 && x.dims[1] > 3 ? ": save a.reshape(-1, H, W)" : "");
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

/* Those of a raw file stay in it. */
static void place_images(dataset *d, const npy_header *x)
{
    size_t plane = (size_t)d->h * d->w;
    d->image_file = rows_of_npy(x, d->c * plane);
    d->colours_last = d->image_file && d->c > 1;
    if (d->image_file) return;
    d->pixels = read_npy_bytes(x);
    make_planes(d->c, plane, d->n, d->pixels);
}

static __attribute__((noreturn)) void die_of_count(const npy_header *x, int images, const char *hint)
{
    die("%s: %zu label%s for %d image%s%s", x->name, x->items, plural_s(x->items), images, plural_s(images), hint);
}

static void read_classes(dataset *d, const npy_header *x, int classes)
{
    if (x->dims[0] != d->n || x->items != (size_t)d->n)
        die_of_count(x, d->n,
                     x->ndims == 2 && x->dims[0] == d->n ? ": label vectors need attributes=1 in [label_embed]" : "");
    int *label = read_npy_integers(x);
    alloc_classes(d, classes);
    for (int i = 0; i < d->n; ++i) {
        if (label[i] < 0 || label[i] >= classes)
            die("%s: item %d: label %d, the cfg has classes=%d", x->name, i, label[i], classes);
        d->class_numbers[i] = label[i];
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
        require_memory((is_npy_raw(&x) ? 0 : x.items) + (double)l.items * (l.bytes + sizeof(int)), name,
                       "its images and labels");
        if (q->classes)
            read_classes(d, &l, q->classes);
        else
            read_vectors(d, &l, q->vectors);
    }
    place_images(d, &x);
}

int is_npy_name(const char *path) { return ends_with(path, ".npy"); }

void load_npy_images(dataset *d, const char *path, const network *net)
{
    npy_header x = open_images(d, open_byte_source(path), path, net);
    place_images(d, &x);
    size_t size = strlen(path) + 16;
    d->names = checked_calloc(d->n, sizeof *d->names);
    for (int i = 0; i < d->n; ++i) snprintf(d->names[i] = checked_malloc(size), size, "%s[%d]", path, i);
}

/* Suggests classes, if each vector of n has a single 1 and otherwise zeros. */
static void look_at_vectors(const float *vectors, int n, int classes, const char *name)
{
    for (int i = 0; i < n; ++i) {
        double sum = 0, squares = 0;
        for (int k = 0; k < classes; ++k) sum += vectors[i * (size_t)classes + k];
        for (int k = 0; k < classes; ++k) squares += pow(vectors[i * (size_t)classes + k], 2);
        if (sum != 1 || squares != 1) return;
    }
    fprintf(stderr, "%s: attributes, all of them one-hot: for classes save a.argmax(1)\n", printable(name));
}

/* Reports that class 0 would be drawn as noise. */
static void look_at_classes(data_look *l, const int *label, size_t n, const char *name)
{
    int least = INT_MAX;
    for (size_t i = 0; i < n; ++i) {
        if (label[i] < least) least = label[i];
        if (label[i] < INT_MAX && label[i] >= l->classes) l->classes = label[i] + 1;
    }
    if (least < 0) die("%s: label %d: classes are numbered from 0", name, least);
    if (least > 0)
        fprintf(stderr, "%s: classes are numbered from 0, and the least label is %d: save a - %d\n", printable(name),
                least, least);
}

/* Numbers from 0 on are classes, several in a row attributes. */
static void look_at_labels(data_look *l, byte_source *s, const char *name)
{
    npy_header y = open_npy(s, name);
    int is_vectors = y.ndims == 2 && y.dims[1] > 1;
    if (y.dims[0] != l->images || (!is_vectors && y.items != (size_t)l->images)) die_of_count(&y, l->images, "");
    if (is_vectors) {
        float *vectors = read_npy_floats(&y);
        l->attributes = 1;
        look_at_vectors(vectors, l->images, l->classes = y.dims[1], name);
        free(vectors);
        return;
    }
    int *label = read_npy_integers(&y);
    look_at_classes(l, label, y.items, name);
    free(label);
}

/* Until all values have been seen; closes the source. */
static void look_at_values(data_look *l, const npy_header *x)
{
    unsigned char block[AT_ONCE];
    for (size_t i = 0, n; i < x->items && l->values < 256; i += n) {
        n = x->items - i < AT_ONCE ? x->items - i : AT_ONCE;
        read_some_npy_bytes(x, block, i, n);
        l->values += mark_values(l->seen, block, n);
    }
    close_byte_source(x->source);
}

void look_at_npy(data_look *l, const char *path)
{
    char name[4096];
    npy_header x = open_shape(need_array(path, image_names[SPLIT_TRAIN], name), name);
    l->images = x.dims[0];
    l->h = x.dims[1];
    l->w = x.dims[2];
    l->c = array_channels(&x);
    look_at_values(l, &x);
    byte_source *labels = find_array(path, label_names[SPLIT_TRAIN], name);
    if (labels) look_at_labels(l, labels, name);
}

/* ---- image by image ---- */

typedef struct {
    char name[4096], labels_name[4096];
    npy_header x;
    int *class;     // of all images; NULL: none
    float *vectors; // (n,attributes); NULL: none
    int read;       // images so far
} npy_feed;

static void next(image_feed *f, unsigned char *image, int *class, float *vector)
{
    npy_feed *own = f->own;
    size_t plane = (size_t)f->h * f->w, row = plane * f->c, i = own->read++;
    read_some_npy_bytes(&own->x, image, i * row, row);
    make_planes(f->c, plane, 1, image);
    if (own->class) *class = own->class[i];
    if (own->vectors) memcpy(vector, own->vectors + i * f->attributes, f->attributes * sizeof *vector);
}

static void close_feed(image_feed *f)
{
    npy_feed *own = f->own;
    close_byte_source(own->x.source);
    free(own->class);
    free(own->vectors);
    free(own);
}

/* Several numbers in a row are attributes. */
static void feed_labels(image_feed *f, npy_feed *own, byte_source *s)
{
    npy_header y = open_npy(s, own->labels_name);
    f->attributes = y.ndims == 2 && y.dims[1] > 1 ? y.dims[1] : 0;
    f->has_classes = !f->attributes;
    if (y.dims[0] != f->n || (!f->attributes && y.items != (size_t)f->n)) die_of_count(&y, f->n, "");
    if (f->attributes)
        own->vectors = read_npy_floats(&y);
    else
        own->class = read_npy_integers(&y);
}

int feed_npy(image_feed *f, const feed_request *q)
{
    npy_feed *own = checked_calloc(1, sizeof *own);
    byte_source *images = find_array(q->folder, image_names[q->which], own->name);
    if (!images) {
        free(own);
        return 0;
    }
    npy_header x = own->x = open_shape(images, own->name);
    *f = (image_feed){.n = x.dims[0],
                      .c = array_channels(&x),
                      .h = x.dims[1],
                      .w = x.dims[2],
                      .next = next,
                      .close = close_feed,
                      .own = own};
    byte_source *labels = find_array(q->folder, label_names[q->which], own->labels_name);
    if (labels) feed_labels(f, own, labels);
    return 1;
}
