/* Data sets in IDX files under MNIST's names, and label vectors in IDX files. */
#include <math.h>
#include <unistd.h>
#include "base/available_memory.h"
#include "base/byte_source.h"
#include "base/errors.h"
#include "base/text.h"
#include "pixelcnn/data/dataset_formats.h"
#include "pixelcnn/data/idx.h"

enum { AT_ONCE = 1 << 16 }; // labels read at once

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

/* Labels first .. first+n-1 of a file. */
static void check_classes(const char *file, const unsigned char *label, int first, int n, int classes)
{
    if (count_classes(label, n) <= classes) return;
    int i = 0;
    while (label[i] < classes) ++i;
    die("%s: byte %lld: label %d, the cfg has classes=%d", file, 8ll + first + i, label[i], classes);
}

/* Those of a raw file are checked and stay in it. */
static void place_labels(dataset *d, const idx_header *x)
{
    unsigned char some[AT_ONCE];
    d->class_file = rows_of_idx(x, 1);
    for (int i = 0, n; i < d->n; i += n) {
        n = d->n - i < AT_ONCE ? d->n - i : AT_ONCE;
        read_rows(d->class_file, i, n, some);
        check_classes(x->file, some, i, n, d->classes);
    }
}

static void read_labels(dataset *d, const idx_header *x, int classes)
{
    d->classes = classes;
    if (is_raw(x->source)) {
        place_labels(d, x);
        return;
    }
    unsigned char *label = read_idx_items(x);
    check_classes(x->file, label, 0, d->n, classes);
    alloc_classes(d, classes);
    for (int i = 0; i < d->n; ++i) d->class_numbers[i] = label[i];
    free(label);
}

void name_idx_files(const char *folder, data_split which, int colour, int is_vectors, char *images_path,
                    char *labels_path)
{
    snprintf(images_path, 4096, "%s/%s-%s", folder, split_names[which], images[colour]);
    snprintf(labels_path, 4096, "%s/%s-%s", folder, split_names[which], is_vectors ? vectors[0] : labels[0]);
}

void find_idx_files(const char *folder, data_split which, char *images_path, char *labels_path)
{
    find_file(images_path, 4096, folder, which, images);
    find_file(labels_path, 4096, folder, which, labels);
}

int is_idx_folder(const char *folder)
{
    char path[4096];
    find_file(path, sizeof path, folder, SPLIT_TRAIN, images);
    if (!*path) find_file(path, sizeof path, folder, SPLIT_TEST, images);
    return *path != 0;
}

/* Of gzipped files; what is in raw ones stays there. */
static double bytes_needed(const idx_header *x, double each) { return is_raw(x->source) ? 0 : each * x->items; }

/* Reads both headers before any items, and the small file before the large one. */
void load_idx_folder(dataset *d, const data_request *q)
{
    char path[4096], labels_path[4096];
    need_file(path, sizeof path, q->folder, q->which, images);
    idx_header x = open_images(d, path, q->net);
    if (q->classes) {
        need_file(labels_path, sizeof labels_path, q->folder, q->which, labels);
        idx_header l = open_idx_labels(labels_path, IDX_BYTE, d->n);
        require_memory(bytes_needed(&x, 1) + bytes_needed(&l, sizeof(int)), path, "its images and labels");
        read_labels(d, &l, q->classes);
    }
    d->image_file = rows_of_idx(&x, (size_t)d->c * d->h * d->w);
    if (!d->image_file) d->pixels = read_idx_items(&x);
}

typedef struct {
    char *seen; // (256)
    int values, classes;
} value_scan;

/* Ends when all values have been seen. */
static int take_values(void *context, const unsigned char *x, size_t n)
{
    value_scan *s = context;
    s->values += mark_values(s->seen, x, n);
    return s->values == 256;
}

static int take_classes(void *context, const unsigned char *x, size_t n)
{
    value_scan *s = context;
    int classes = count_classes(x, n);
    if (classes > s->classes) s->classes = classes;
    return 0;
}

void look_at_idx(data_look *l, const char *folder)
{
    value_scan s = {l->seen, 0, 0};
    char path[4096], labels_path[4096];
    need_file(path, sizeof path, folder, SPLIT_TRAIN, images);
    find_file(labels_path, sizeof labels_path, folder, SPLIT_TRAIN, labels);
    idx_header x = open_idx(path, IDX_BYTE, 3, 4);
    l->images = x.dims[0];
    l->c = x.ndims == 4 ? x.dims[1] : 1;
    l->h = x.dims[x.ndims - 2];
    l->w = x.dims[x.ndims - 1];
    scan_idx_bytes(&x, take_values, &s);
    l->values = s.values;
    if (!*labels_path) return;
    idx_header y = open_idx(labels_path, IDX_BYTE, 1, 1);
    scan_idx_bytes(&y, take_classes, &s);
    l->classes = s.classes;
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
    idx_header x = open_idx_labels(path, IDX_FLOAT, d->n);
    if (x.dims[1] != classes)
        die("%s: labels of %d float%s, the cfg has classes=%d", path, x.dims[1], plural_s(x.dims[1]), classes);
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
