/* The rows of a data set, and those that are fed to a net. */
#include <string.h>
#include "base/errors.h"
#include "base/memory.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/data/binarise.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/data/dataset_formats.h"

/* ---- images ---- */

static size_t image_bytes(const dataset *d) { return (size_t)d->c * d->h * d->w; }

void make_planes(int c, size_t plane, int n, unsigned char *images)
{
    size_t bytes = plane * c;
    if (c == 1) return;
    unsigned char *image = checked_malloc(bytes);
    for (unsigned char *p = images; p < images + n * bytes; p += bytes) {
        memcpy(image, p, bytes);
        for (size_t k = 0; k < bytes; ++k) p[k % c * plane + k / c] = image[k];
    }
    free(image);
}

void read_images(const dataset *d, int first, int n, unsigned char *to)
{
    size_t bytes = image_bytes(d);
    if (d->image_file)
        read_rows(d->image_file, first, n, to);
    else
        memcpy(to, d->pixels + first * bytes, n * bytes);
    if (d->colours_last) make_planes(d->c, bytes / d->c, n, to);
    int from = first > d->binarised.from ? first : d->binarised.from;
    for (int i = from; i < first + n && i < d->binarised.end; ++i)
        binarise_evaluated_image(d->binarised.seed, i, bytes, to + (i - first) * bytes);
}

/* ---- labels ---- */

void one_hot_label(float *label, int classes, int k)
{
    memset(label, 0, classes * sizeof(float));
    label[k] = 1;
}

int has_labels(const dataset *d) { return d->labels || d->class_numbers || d->class_file; }

/* The bytes are read to the end of `to`, where the loop takes each before it writes there. The file was
   checked when it was opened, but may have been written to since. */
static void read_class_bytes(const dataset *d, int first, int n, int *to)
{
    unsigned char *bytes = (unsigned char *)(to + n) - n;
    read_rows(d->class_file, first, n, bytes);
    for (int i = 0; i < n; ++i) {
        to[i] = bytes[i];
        if (to[i] >= d->classes)
            die("%s: byte %zu: label %d, the cfg has classes=%d; the file was changed while it was in use",
                row_file_name(d->class_file), row_place(d->class_file, first + i), to[i], d->classes);
    }
}

void read_class_numbers(const dataset *d, int first, int n, int *to)
{
    if (d->class_file)
        read_class_bytes(d, first, n, to);
    else
        memcpy(to, d->class_numbers + first, n * sizeof *to);
}

int class_of_image(const dataset *d, int i)
{
    int class;
    read_class_numbers(d, i, 1, &class);
    return class;
}

void read_label(const dataset *d, int i, float *to)
{
    if (d->labels)
        memcpy(to, d->labels + (size_t)(d->label_rows ? i % d->label_rows : i) * d->classes,
               d->classes * sizeof(float));
    else
        one_hot_label(to, d->classes, class_of_image(d, i));
}

dataset with_label(const dataset *d, float *label)
{
    dataset other = *d;
    other.labels = label;
    other.label_rows = 1;
    return other;
}

/* ---- rows for a net ---- */

void fill_changed_row(const dataset *d, const network *net, int i, const unsigned char *values, float *input,
                      float *truth)
{
    int levels = loss_of(net)->levels, n = (int)image_bytes(d);
    for (int k = 0; k < n; ++k) {
        int q = level_of_byte(values[k], levels);
        input[k] = input_of_level(q, levels);
        truth[k] = q;
    }
    if (has_labels(d)) read_label(d, i, input + n);
}

void fill_row(const dataset *d, const network *net, int i, float *input, float *truth)
{
    unsigned char *values = checked_malloc(image_bytes(d));
    read_images(d, i, 1, values);
    fill_changed_row(d, net, i, values, input, truth);
    free(values);
}
