#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>
#include "base/atomic_file.h"
#include "base/errors.h"
#include "base/memory.h"
#include "base/temporary_files.h"
#include "base/text.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/data/npy.h"

enum { HEADER = 128, MAGIC = 10 };

/* Filled up with spaces and a newline to a multiple of 64 bytes, as the format wants it. */
static void put_header(unsigned char to[HEADER], const char *type, const char *shape)
{
    char dictionary[HEADER];
    int n = snprintf(dictionary, sizeof dictionary, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type,
                     shape);
    memset(to, ' ', HEADER);
    memcpy(to, "\x93NUMPY\x01\x00\x76\x00", MAGIC);
    memcpy(to + MAGIC, dictionary, n);
    to[HEADER - 1] = '\n';
}

/* ---- images as they come ---- */

struct npy_stream {
    const char *name;
    atomic_file file; // of an array
    FILE *items;      // of an archive: the array, without a name
    int n, c;
    size_t plane;
};

/* At once where the disk is full, not after all images. */
static void append(npy_stream *s, const void *data, size_t bytes)
{
    if (s->items) {
        if (fwrite(data, 1, bytes, s->items) != bytes) die("%s: cannot write: %s", s->name, strerror(errno));
        return;
    }
    atomic_write(&s->file, data, bytes);
    if (!s->file.error[0]) return;
    atomic_abandon(&s->file);
    die("%s", s->file.error);
}

npy_stream *open_npy_stream(const char *file, int n, int c, int h, int w)
{
    unsigned char header[HEADER];
    char shape[64];
    npy_stream *s = checked_calloc(1, sizeof *s);
    *s = (npy_stream){.name = file, .n = n, .c = c, .plane = (size_t)h * w};
    if (is_npz_name(file)) {
        s->items = open_nameless_file(file);
        if (!s->items) die("%s: cannot create: %s", file, strerror(errno));
    } else {
        atomic_open(&s->file, file);
    }
    int written = snprintf(shape, sizeof shape, "%d, %d, %d", n, h, w);
    if (c > 1) snprintf(shape + written, sizeof shape - written, ", %d", c);
    put_header(header, "|u1", shape);
    append(s, header, sizeof header);
    return s;
}

/* As (n,H,W,C). */
void append_npy_images(npy_stream *s, int n, const unsigned char *pixels)
{
    size_t values = s->c * s->plane, bytes = n * values;
    unsigned char *items = checked_malloc(bytes);
    for (size_t i = 0; i < bytes; ++i) items[i] = pixels[i / values * values + i % s->c * s->plane + i % values / s->c];
    append(s, items, bytes);
    free(items);
}

/* ---- labels ---- */

/* An array file in memory. */
typedef struct {
    unsigned char *start;
    size_t bytes;
} npy_file;

static npy_file make_npy(const char *type, const char *shape, size_t bytes)
{
    npy_file f = {checked_malloc(HEADER + bytes), HEADER + bytes};
    put_header(f.start, type, shape);
    return f;
}

/* The class of each image into to[n]. Returns 0 if a label is not one class. */
static int are_classes(const npy_labels *y, int n, int64_t *to)
{
    for (int i = 0; i < n; ++i) {
        to[i] = class_of_label(y->label(y->from, i), y->e);
        if (to[i] < 0) return 0;
    }
    return 1;
}

static npy_file npy_of_labels(const npy_labels *y, int n)
{
    char shape[64];
    size_t row = y->e->classes * sizeof(float);
    snprintf(shape, sizeof shape, "%d,", n);
    npy_file f = make_npy("<i8", shape, n * sizeof(int64_t));
    int64_t *classes = checked_calloc(n, sizeof *classes);
    int one_each = are_classes(y, n, classes);
    memcpy(f.start + HEADER, classes, n * sizeof *classes);
    free(classes);
    if (one_each) return f;
    free(f.start);
    snprintf(shape, sizeof shape, "%d, %d", n, y->e->classes);
    f = make_npy("<f4", shape, n * row);
    for (int i = 0; i < n; ++i) memcpy(f.start + HEADER + i * row, y->label(y->from, i), row);
    return f;
}

/* ---- archives ---- */

static void need(int done, const char *file)
{
    if (!done) die("%s: cannot make the archive: out of memory", file);
}

/* libzip's callback: the images. */
static zip_int64_t serve_items(void *stream, void *data, zip_uint64_t bytes, zip_source_cmd_t command)
{
    npy_stream *s = stream;
    zip_stat_t *facts = data;
    switch (command) {
    case ZIP_SOURCE_OPEN:
        return fseek(s->items, 0, SEEK_SET);
    case ZIP_SOURCE_READ: {
        size_t got = fread(data, 1, bytes, s->items);
        return ferror(s->items) ? -1 : (zip_int64_t)got;
    }
    case ZIP_SOURCE_STAT:
        zip_stat_init(facts);
        facts->valid = ZIP_STAT_SIZE;
        facts->size = HEADER + (zip_uint64_t)s->n * s->c * s->plane;
        return sizeof *facts;
    case ZIP_SOURCE_ERROR:
        memset(data, 0, bytes);
        return 2 * sizeof(int);
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
                                              ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, -1);
    default:
        return 0;
    }
}

/* Without the time, so that the same images make the same file. */
static void add_member(zip_t *archive, const char *file, const char *name, zip_source_t *from)
{
    need(from != 0, file);
    zip_int64_t i = zip_file_add(archive, name, from, ZIP_FL_ENC_UTF_8);
    need(i >= 0 && !zip_file_set_dostime(archive, i, 0, 0x21, 0), file); // the first of January 1980
}

/* The archive that was built in memory, to its file. */
static void write_archive(zip_source_t *memory, const char *file)
{
    zip_stat_t facts;
    char error[512];
    need(!zip_source_stat(memory, &facts) && !zip_source_open(memory), file);
    unsigned char *data = checked_malloc(facts.size);
    need(zip_source_read(memory, data, facts.size) == (zip_int64_t)facts.size, file);
    zip_source_close(memory);
    if (atomic_write_file(file, data, facts.size, error)) die("%s", error);
    free(data);
}

static void close_archive(npy_stream *s, const npy_labels *y)
{
    zip_error_t why;
    npy_file labels = y ? npy_of_labels(y, s->n) : (npy_file){0};
    if (fflush(s->items)) die("%s: cannot write: %s", s->name, strerror(errno));
    zip_error_init(&why);
    zip_source_t *memory = zip_source_buffer_create(0, 0, 0, &why);
    need(memory != 0, s->name);
    zip_source_keep(memory);
    zip_t *archive = zip_open_from_source(memory, ZIP_TRUNCATE, &why);
    need(archive != 0, s->name);
    add_member(archive, s->name, "x.npy", zip_source_function(archive, serve_items, s));
    if (y) add_member(archive, s->name, "y.npy", zip_source_buffer(archive, labels.start, labels.bytes, 0));
    need(!zip_close(archive), s->name);
    write_archive(memory, s->name);
    zip_source_free(memory);
    free(labels.start);
    fclose(s->items);
}

void close_npy_stream(npy_stream *s, const npy_labels *labels)
{
    if (s->items)
        close_archive(s, labels);
    else if (atomic_close(&s->file))
        die("%s", s->file.error);
    free(s);
}

int is_npz_name(const char *file) { return has_suffix(file, ".npz"); }
