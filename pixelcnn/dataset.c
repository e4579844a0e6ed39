/*
dataset.c - images and labels. See dataset.h.
*/
#include <unistd.h>
#include "dataset.h"
#include "errors.h"
#include "gated.h"
#include "idx.h"
#include "label_embed_layer.h"
#include "pixel_softmax_layer.h"

static const char *const split_names[] = {"train", "t10k"};

/* The file of that kind in the folder, "" where there is none. */
static void find_file(char *path, size_t n, const char *folder, split which, const char *const *kinds)
{
    for (; *kinds; ++kinds)
        for (int gz = 0; gz < 2; ++gz) {
            snprintf(path, n, "%s/%s-%s%s", folder, split_names[which], *kinds, gz ? ".gz" : "");
            if (!access(path, F_OK)) return;
        }
    *path = 0;
}

static void need_file(char *path, size_t n, const char *folder, split which, const char *const *kinds)
{
    find_file(path, n, folder, which, kinds);
    if (!*path)
        die("%s: no %s-%s or .gz in it; scripts/get_mnist.sh %s fetches MNIST", folder, split_names[which], kinds[0],
            folder);
}

void one_hot(float *label, int classes, int k)
{
    memset(label, 0, classes * sizeof(float));
    label[k] = 1;
}

static void load_images(dataset *d, const char *path, const network *net)
{
    idx x = read_idx(path, IDX_BYTE, 3, 4);
    d->n = x.dims[0];
    d->c = x.ndims == 4 ? x.dims[1] : 1;
    d->h = x.dims[x.ndims - 2];
    d->w = x.dims[x.ndims - 1];
    d->pixels = x.data;
    if (d->c != net->c || d->h != net->h || d->w != net->w)
        die("%s: images of %d channels, %d x %d (height x width), the cfg has channels=%d height=%d width=%d", path,
            d->c, d->h, d->w, net->c, net->h, net->w);
}

static void load_labels(dataset *d, const char *path, int classes)
{
    idx x = read_idx(path, IDX_BYTE, 1, 1);
    const unsigned char *label = x.data;
    if (x.dims[0] != d->n) die("%s: %d labels for %d images", path, x.dims[0], d->n);
    d->classes = classes;
    d->labels = checked_calloc((size_t)d->n * classes, sizeof(float));
    for (int i = 0; i < d->n; ++i) {
        if (label[i] >= classes) die("%s: byte %d: label %d, the cfg has classes=%d", path, 8 + i, label[i], classes);
        one_hot(d->labels + (size_t)i * classes, classes, label[i]);
    }
    free(x.data);
}

dataset load_dataset(const char *folder, split which, const network *net)
{
    static const char *const images[] = {"images-idx3-ubyte", "images-idx4-ubyte", 0};
    static const char *const labels[] = {"labels-idx1-ubyte", 0};
    dataset d = {0};
    char path[4096];
    label_embed *label = label_of(*net);
    need_file(path, sizeof path, folder, which, images);
    load_images(&d, path, net);
    if (!label) return d;
    need_file(path, sizeof path, folder, which, labels);
    load_labels(&d, path, label->classes);
    return d;
}

void free_dataset(dataset *d)
{
    free(d->pixels);
    free(d->labels);
    *d = (dataset){0};
}

void fill_row(const dataset *d, const network *net, int i, float *input, float *truth)
{
    int levels = loss_of(net)->levels, values = d->c * d->h * d->w;
    const unsigned char *v = d->pixels + (size_t)i * values;
    for (int k = 0; k < values; ++k) {
        int q = level_of_byte(v[k], levels);
        input[k] = input_of_level(q, levels);
        truth[k] = q;
    }
    if (d->labels) memcpy(input + values, d->labels + (size_t)i * d->classes, d->classes * sizeof(float));
}
