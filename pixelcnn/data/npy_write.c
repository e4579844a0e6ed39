/*
npy_write.c - writes NumPy's array files and archives. See npy.h.
*/
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zip.h>
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/memory.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/data/npy.h"

enum { HEADER = 128, MAGIC = 10 };

/* An array file in memory. */
typedef struct {
    unsigned char *start;
    size_t bytes;
} npy_file;

/* The header, filled up with spaces and a newline to a multiple of 64 bytes, as the format wants it, and space for the items. */
static npy_file make_npy(const char *type, const char *shape, size_t bytes)
{
    char dictionary[HEADER];
    npy_file f = {checked_malloc(HEADER + bytes), HEADER + bytes};
    int n = snprintf(dictionary, sizeof dictionary, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type,
                     shape);
    memset(f.start, ' ', HEADER);
    memcpy(f.start, "\x93NUMPY\x01\x00\x76\x00", MAGIC);
    memcpy(f.start + MAGIC, dictionary, n);
    f.start[HEADER - 1] = '\n';
    return f;
}

static npy_file npy_of_images(const npy_images *x)
{
    char shape[64];
    size_t plane = (size_t)x->h * x->w, values = plane * x->c;
    int n = snprintf(shape, sizeof shape, "%d, %d, %d", x->n, x->h, x->w);
    if (x->c > 1) snprintf(shape + n, sizeof shape - n, ", %d", x->c);
    npy_file f = make_npy("|u1", shape, x->n * values);
    unsigned char *to = f.start + HEADER;
    for (size_t i = 0; i < x->n * values; ++i)
        to[i] = x->pixels[i / values * values + i % x->c * plane + i % values / x->c];
    return f;
}

/* The class of each image into to[n]. Returns 0 if a label is not one class. */
static int are_classes(const npy_images *x, int64_t *to)
{
    for (int i = 0; i < x->n; ++i) {
        to[i] = class_of_label(x->labels + (size_t)i * x->e->classes, x->e);
        if (to[i] < 0) return 0;
    }
    return 1;
}

static npy_file npy_of_labels(const npy_images *x)
{
    char shape[64];
    snprintf(shape, sizeof shape, "%d,", x->n);
    npy_file f = make_npy("<i8", shape, x->n * sizeof(int64_t));
    int64_t *classes = checked_calloc(x->n, sizeof *classes);
    int one_each = are_classes(x, classes);
    memcpy(f.start + HEADER, classes, x->n * sizeof *classes);
    free(classes);
    if (one_each) return f;
    free(f.start);
    snprintf(shape, sizeof shape, "%d, %d", x->n, x->e->classes);
    f = make_npy("<f4", shape, (size_t)x->n * x->e->classes * sizeof(float));
    memcpy(f.start + HEADER, x->labels, (size_t)x->n * x->e->classes * sizeof(float));
    return f;
}

static void write_whole(const char *file, const void *data, size_t bytes)
{
    char error[512];
    if (atomic_write_file(file, data, bytes, error)) die("%s", error);
}

void write_npy_images(const char *file, const npy_images *x)
{
    npy_file f = npy_of_images(x);
    write_whole(file, f.start, f.bytes);
    free(f.start);
}

/* ---- archives ---- */

static void need(int done, const char *file)
{
    if (!done) die("%s: cannot make the archive: out of memory", file);
}

/* Without the time, so that the same images make the same file. */
static void add_member(zip_t *archive, const char *file, const char *name, npy_file f)
{
    zip_source_t *from = zip_source_buffer(archive, f.start, f.bytes, 0);
    need(from != 0, file);
    zip_int64_t i = zip_file_add(archive, name, from, ZIP_FL_ENC_UTF_8);
    need(i >= 0 && !zip_file_set_dostime(archive, i, 0, 0x21, 0), file); // the first of January 1980
}

/* The archive that was built in memory; free it. */
static unsigned char *read_archive(zip_source_t *memory, const char *file, size_t *bytes)
{
    zip_stat_t facts;
    need(!zip_source_stat(memory, &facts) && !zip_source_open(memory), file);
    *bytes = facts.size;
    unsigned char *data = checked_malloc(*bytes);
    need(zip_source_read(memory, data, *bytes) == (zip_int64_t)*bytes, file);
    zip_source_close(memory);
    return data;
}

void write_npz_images(const char *file, const npy_images *x)
{
    zip_error_t why;
    size_t bytes;
    npy_file images = npy_of_images(x), labels = x->labels ? npy_of_labels(x) : (npy_file){0};
    zip_error_init(&why);
    zip_source_t *memory = zip_source_buffer_create(0, 0, 0, &why);
    need(memory != 0, file);
    zip_source_keep(memory);
    zip_t *archive = zip_open_from_source(memory, ZIP_TRUNCATE, &why);
    need(archive != 0, file);
    add_member(archive, file, "x.npy", images);
    if (x->labels) add_member(archive, file, "y.npy", labels);
    need(!zip_close(archive), file);
    unsigned char *data = read_archive(memory, file, &bytes);
    zip_source_free(memory);
    write_whole(file, data, bytes);
    free(data);
    free(images.start);
    free(labels.start);
}

int is_npz_name(const char *file)
{
    const char *dot = strrchr(file, '.');
    return dot && !strcasecmp(dot, ".npz");
}
