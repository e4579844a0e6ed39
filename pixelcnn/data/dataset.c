#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/errors.h"
#include "base/input_file.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/text.h"
#include "layers/label_embed_layer.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/data/dataset_formats.h"
#include "pixelcnn/net/class_names.h"

enum {
    AT_ONCE = 4096,         // classes read at once
    MOST_COMPARED = 1 << 16 // images
};

typedef struct {
    const char *name;
    int (*recognise)(const char *folder);
    void (*load)(dataset *d, const data_request *q);
    void (*look)(data_look *l, const char *folder);
    int (*feed)(image_feed *f, const feed_request *q);
    int has_vectors;                    // 1: the format itself may hold label vectors
    const char *train_file, *test_file; // identify the format, for the message if they are missing
} format;

/* The first format that recognises the folder loads it. */
static const format formats[] = {
    {"IDX", is_idx_folder, load_idx_folder, look_at_idx, feed_idx, 0, "train-images-idx3-ubyte or .gz",
     "t10k-images-idx3-ubyte or .gz"},
    {"CIFAR-10 batches", is_cifar_folder, load_cifar_folder, look_at_cifar, feed_cifar, 0, "data_batch_1.bin",
     "test_batch.bin"},
    {"NumPy arrays", is_npy_data, load_npy_data, look_at_npy, feed_npy, 1, "train_images.npy or .npz",
     "test_images.npy or .npz"},
    {"pictures", is_picture_folder, load_picture_folder, look_at_pictures, feed_pictures, 0,
     "folders of .png or .jpg images", "folders of .png or .jpg images"},
};

enum { NFORMATS = sizeof formats / sizeof *formats };

/* Exits 1 if there is nothing at this path, or a file that is no data set. */
static void need_data(const char *path)
{
    struct stat s;
    if (is_npy_data(path)) return;
    if (stat(path, &s)) die_cannot_open(path, strerror(errno));
    if (S_ISREG(s.st_mode) && ends_with(path, ".npy"))
        die("%s: a single array; a data set is an .npz file, or a folder of .npy files, with arrays of certain names: "
            "numpy.savez('NAME.npz', x_train=..., y_train=..., x_test=..., y_test=...); score, classify, complete and "
            "compress take the images alone",
            path);
    if (!S_ISDIR(s.st_mode)) die("%s: neither a PNG or JPEG, nor an .npz file, nor the folder of a data set", path);
}

static const format *format_of(const char *folder, data_split which)
{
    char wanted[256] = "";
    need_data(folder);
    for (size_t i = 0; i < NFORMATS; ++i)
        if (formats[i].recognise(folder)) return formats + i;
    for (size_t i = NFORMATS, n = 0; i--;) // pictures first
        n += snprintf(wanted + n, sizeof wanted - n, "%sno %s", n ? ", " : "",
                      which == SPLIT_TRAIN ? formats[i].train_file : formats[i].test_file);
    die("%s: %s in it", folder, wanted);
}

void alloc_classes(dataset *d, int classes)
{
    d->classes = classes;
    d->class_numbers = checked_calloc(d->n, sizeof *d->class_numbers);
}

void require_image_shape(const dataset *d, const char *path, const network *net)
{
    if (d->c != net->c || d->h != net->h || d->w != net->w)
        die("%s: images of %d channel%s, %d x %d (height x width), the cfg has channels=%d height=%d width=%d", path,
            d->c, plural_s(d->c), d->h, d->w, net->c, net->h, net->w);
}

/* has[class] is 1 for classes that an image has. */
static void find_classes(const dataset *d, char *has)
{
    int some[AT_ONCE];
    for (int i = 0, n; i < d->n; i += n) {
        n = d->n - i < AT_ONCE ? d->n - i : AT_ONCE;
        read_class_numbers(d, i, n, some);
        for (int k = 0; k < n; ++k) has[some[k]] = 1;
    }
}

/* Reports classes without training images, as they can still be sampled. */
static void report_missing_classes(const dataset *d, const char *folder)
{
    char *has = checked_calloc(d->classes, 1);
    int missing = 0;
    find_classes(d, has);
    for (int k = 0; k < d->classes; ++k) {
        if (has[k]) continue;
        if (!missing++) fprintf(stderr, "%s: no training image of class", printable(folder));
        fprintf(stderr, "%s %d", missing > 1 ? "," : "", k);
    }
    if (missing) fprintf(stderr, ": samples of %s will be noise\n", missing > 1 ? "them" : "it");
    free(has);
}

/* At the net's levels. */
static int are_alike(const unsigned char *a, const unsigned char *b, size_t values, int levels)
{
    if (!memcmp(a, b, values)) return 1;
    for (size_t k = 0; k < values; ++k)
        if (level_of_byte(a[k], levels) != level_of_byte(b[k], levels)) return 0;
    return 1;
}

/* Of the first n images. */
static int largest_value(const dataset *d, int n)
{
    size_t values = (size_t)d->c * d->h * d->w;
    unsigned char *image = checked_malloc(values);
    int most = 0;
    for (int i = 0; i < n; ++i) {
        read_images(d, i, 1, image);
        for (size_t k = 0; k < values; ++k)
            if (image[k] > most) most = image[k];
    }
    free(image);
    return most;
}

/* How many images at the start are alike at the net's levels, of the first `most`. */
static int count_alike(const dataset *d, int most, int levels)
{
    size_t values = (size_t)d->c * d->h * d->w;
    unsigned char *image = checked_malloc(2 * values);
    int i = 1;
    read_images(d, 0, 1, image);
    for (; i < most; ++i) {
        read_images(d, i, 1, image + values);
        if (!are_alike(image, image + values, values, levels)) break;
    }
    free(image);
    return i;
}

/* Reports that there is nothing to learn, by the first images of many. */
static void report_equal_images(const dataset *d, const char *folder, int levels)
{
    int n = d->n < MOST_COMPARED ? d->n : MOST_COMPARED;
    if (n < 2 || count_alike(d, n, levels) < n) return;
    int most = largest_value(d, n);
    fprintf(stderr, "%s: %s %d images are identical at levels=%d: there is nothing to learn", printable(folder),
            n < d->n ? "the first" : "all", n, levels);
    if (level_of_byte(most, levels) == 0 && most) fprintf(stderr, "; no value is above %d, and white is 255", most);
    fprintf(stderr, "\n");
}

/* Exits 1 if the data set has classes and the net has attributes, or vice versa. vectors: the label vectors'
   file; NULL: classes. */
static void need_right_labels(const label_embed *label, const char *vectors, const char *folder)
{
    if (vectors && !label->attributes)
        die("%s: contains label vectors; set attributes=1 in [label_embed] to use them, or remove the file to use "
            "classes",
            vectors);
    if (!vectors && label->attributes)
        die("%s: no labels-idx2-float in it; attributes=1 in [label_embed] needs label vectors, attributes=0 takes "
            "classes",
            folder);
}

/* The file of class names beside images of another format than pictures, to path; returns 0 if there is
   none. */
static int find_names(const char *data, char *path, size_t size)
{
    static const char *const files[] = {"classes.names", "batches.meta.txt"};
    size_t n = strlen(data);
    if (n > 4 && !strcmp(data + n - 4, ".npz"))
        return snprintf(path, size, "%.*s.names", (int)n - 4, data) < (int)size && !access(path, F_OK);
    for (size_t i = 0; i < sizeof files / sizeof *files; ++i)
        if (snprintf(path, size, "%s/%s", data, files[i]) < (int)size && !access(path, F_OK)) return 1;
    return 0;
}

static void read_names(dataset *d, const char *data)
{
    char path[4096];
    int n;
    if (d->class_names || !find_names(data, path, sizeof path)) return;
    d->class_names = read_class_names(path, &n);
    if (n != d->classes)
        die("%s: %d name%s, the cfg has classes=%d; correct the file or remove it", path, n, plural_s(n), d->classes);
}

/* Reports the first class that has another name in the data than in the net. */
static void compare_names(const dataset *d, const label_embed *e, const char *data)
{
    for (int k = 0; e->names && d->class_names && k < d->classes; ++k) {
        if (!strcmp(e->names[k], d->class_names[k])) continue;
        fprintf(stderr, "%s: class %d is %s, but %s in the names beside the weights: classes are matched by number\n",
                printable(data), k, printable(d->class_names[k]), printable(e->names[k]));
        return;
    }
}

dataset load_dataset(const char *folder, data_split which, const network *net)
{
    dataset d = {0};
    char vectors[4096];
    label_embed *label = label_of(net);
    const format *f = format_of(folder, which);
    int has_vectors = label && find_label_vectors(vectors, sizeof vectors, folder, which);
    int own = label && label->attributes && f->has_vectors && !has_vectors;
    if (label && !own) need_right_labels(label, has_vectors ? vectors : 0, folder);
    int classes = label && !has_vectors && !own ? label->classes : 0;
    f->load(&d, &(data_request){folder, which, net, classes, own ? label->classes : 0, has_vectors});
    if (has_vectors) load_label_vectors(&d, vectors, label->classes);
    if (classes) read_names(&d, folder);
    if (classes) compare_names(&d, label, folder);
    if (classes && which == SPLIT_TRAIN) report_missing_classes(&d, folder);
    report_equal_images(&d, folder, loss_of(net)->levels);
    return d;
}

/* ---- image by image ---- */

int has_own_shape(const char *data) { return is_idx_folder(data) || is_cifar_folder(data) || is_npy_data(data); }

int open_image_feed(image_feed *f, const char *data, data_split which, const picture_shape *shape)
{
    char vectors[4096];
    const format *known = format_of(data, which);
    int has_vectors = find_label_vectors(vectors, sizeof vectors, data, which);
    picture_shape plain = *shape;
    if (has_vectors) plain.classes = 0;
    if (!known->feed(f, &(feed_request){data, which, &plain, has_vectors})) return 0;
    if (!has_vectors) return 1;
    f->has_classes = 0;
    f->vectors = open_vector_feed(vectors, f->n, &f->attributes);
    return 1;
}

void next_image(image_feed *f, unsigned char *image, int *class, float *vector)
{
    f->next(f, image, class, vector);
    if (f->vectors) next_vector(f->vectors, vector);
}

void close_image_feed(image_feed *f)
{
    close_vector_feed(f->vectors);
    f->close(f);
}

char **names_beside(const char *data, int *n)
{
    char path[4096];
    return find_names(data, path, sizeof path) ? read_class_names(path, n) : 0;
}

int mark_values(char seen[256], const unsigned char *x, size_t n)
{
    int values = 0;
    for (size_t i = 0; i < n; ++i) values += !seen[x[i]], seen[x[i]] = 1;
    return values;
}

int count_classes(const unsigned char *label, size_t n)
{
    int most = 0;
    for (size_t i = 0; i < n; ++i)
        if (label[i] > most) most = label[i];
    return most + 1;
}

data_look look_at_data(const char *folder)
{
    char vectors[4096];
    const format *f = format_of(folder, SPLIT_TRAIN);
    data_look l = {.format = f->name};
    f->look(&l, folder);
    if (find_label_vectors(vectors, sizeof vectors, folder, SPLIT_TRAIN)) {
        l.attributes = 1;
        l.classes = label_vector_size(vectors);
    }
    return l;
}

void free_dataset(dataset *d)
{
    free(d->pixels);
    close_row_file(d->image_file);
    free(d->labels);
    free(d->class_numbers);
    close_row_file(d->class_file);
    for (int i = 0; d->names && i < d->n; ++i) free(d->names[i]);
    free(d->names);
    free_class_names(d->class_names, d->classes);
    *d = (dataset){0};
}
