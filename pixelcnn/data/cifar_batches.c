/* CIFAR-10's binary batches: records of a label byte and 3 x 32 x 32 bytes. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/available_memory.h"
#include "base/errors.h"
#include "base/input_file.h"
#include "base/memory.h"
#include "base/text.h"
#include "pixelcnn/data/dataset_formats.h"

enum { SIDE = 32, PIXELS = 3 * SIDE * SIDE, RECORD = 1 + PIXELS };

static const char *const train_names[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                          "data_batch_4.bin", "data_batch_5.bin", 0};
static const char *const test_names[] = {"test_batch.bin", 0};
static const char *const *const batches[] = {[SPLIT_TRAIN] = train_names, [SPLIT_TEST] = test_names};

static void path_of(char *path, size_t n, const char *folder, const char *name)
{
    snprintf(path, n, "%s/%s", folder, name);
}

int is_cifar_folder(const char *folder)
{
    char path[4096];
    for (int s = 0; s < 2; ++s)
        for (const char *const *name = batches[s]; *name; ++name) {
            path_of(path, sizeof path, folder, *name);
            if (!access(path, F_OK)) return 1;
        }
    return 0;
}

/* The number of images in a batch, from the file's length. */
static int count_records(const char *path)
{
    struct stat s;
    if (stat(path, &s)) die("%s: cannot read: %s", path, strerror(errno));
    if (!S_ISREG(s.st_mode)) die("%s: not a regular file", path);
    long long bytes = s.st_size;
    if (bytes / RECORD > INT_MAX / 8) die("%s: %lld bytes: more than %d images", path, bytes, INT_MAX / 8);
    if (!bytes || bytes % RECORD)
        die("%s: %lld byte%s: not a multiple of %d (per image a label, then 3 x 32 x 32)", path, bytes, plural_s(bytes),
            RECORD);
    return bytes / RECORD;
}

/* Reads the n records of a batch into images first, first + 1, ... */
static void read_batch(dataset *d, const char *path, int first, int n, int classes)
{
    FILE *f = fopen(path, "rb");
    if (!f) die("%s: cannot open: %s", path, strerror(errno));
    for (int i = 0; i < n; ++i) {
        unsigned char label;
        long long at = (long long)i * RECORD;
        if (fread(&label, 1, 1, f) != 1 || fread(d->pixels + (size_t)(first + i) * PIXELS, PIXELS, 1, f) != 1)
            die("%s: byte %lld: cannot read image %d: %s", path, at, i, ferror(f) ? strerror(errno) : "truncated");
        if (!classes) continue;
        if (label >= classes) die("%s: byte %lld: label %d, the cfg has classes=%d", path, at, label, classes);
        d->class_numbers[first + i] = label;
    }
    fclose(f);
}

void look_at_cifar(data_look *l, const char *folder)
{
    char path[4096];
    unsigned char record[RECORD];
    *l = (data_look){.format = l->format, .c = 3, .h = SIDE, .w = SIDE, .values = 256};
    memset(l->seen, 1, sizeof l->seen);
    for (int i = 0; train_names[i]; ++i) {
        path_of(path, sizeof path, folder, train_names[i]);
        int n = count_records(path), read = 0;
        FILE *f = fopen(path, "rb");
        if (!f) die("%s: cannot open: %s", path, strerror(errno));
        for (; read < n && fread(record, RECORD, 1, f) == 1; ++read)
            if (record[0] >= l->classes) l->classes = record[0] + 1;
        if (read < n) die("%s: image %d: cannot read: %s", path, read, ferror(f) ? strerror(errno) : "truncated");
        fclose(f);
        l->images += n;
    }
}

void load_cifar_folder(dataset *d, const data_request *q)
{
    const char *const *names = batches[q->which];
    char path[4096];
    int count[5] = {0};
    d->c = 3;
    d->h = d->w = SIDE;
    for (int i = 0; names[i]; ++i) {
        path_of(path, sizeof path, q->folder, names[i]);
        count[i] = count_records(path);
        require_image_shape(d, path, q->net);
        d->n += count[i];
    }
    require_memory((double)d->n * (PIXELS + (q->classes ? sizeof(int) : 0)), q->folder, "its images and labels");
    d->pixels = checked_calloc(d->n, PIXELS);
    if (q->classes) alloc_classes(d, q->classes);
    for (int i = 0, first = 0; names[i]; first += count[i++]) {
        path_of(path, sizeof path, q->folder, names[i]);
        read_batch(d, path, first, count[i], q->classes);
    }
}

/* ---- image by image ---- */

typedef struct {
    const char *folder;
    const char *const *name; // of the batch
    char path[4096];
    FILE *file; // NULL: not open yet
} cifar_feed;

/* The next record, from the next batch where one has ended. */
static void read_record(cifar_feed *own, unsigned char record[RECORD])
{
    for (;;) {
        path_of(own->path, sizeof own->path, own->folder, *own->name);
        if (!own->file) own->file = open_input(own->path);
        size_t got = fread(record, 1, RECORD, own->file);
        if (got == RECORD) return;
        if (got || ferror(own->file) || !own->name[1]) die("%s: cannot read its images: truncated", own->path);
        fclose(own->file);
        own->file = 0;
        ++own->name;
    }
}

static void next(image_feed *f, unsigned char *image, int *class, float *vector)
{
    unsigned char record[RECORD];
    (void)vector;
    read_record(f->own, record);
    *class = record[0];
    memcpy(image, record + 1, PIXELS);
}

static void close_feed(image_feed *f)
{
    cifar_feed *own = f->own;
    if (own->file) fclose(own->file);
    free(own);
}

int feed_cifar(image_feed *f, const feed_request *q)
{
    char path[4096];
    path_of(path, sizeof path, q->folder, *batches[q->which]);
    if (access(path, F_OK)) return 0;
    cifar_feed *own = checked_calloc(1, sizeof *own);
    *own = (cifar_feed){.folder = q->folder, .name = batches[q->which]};
    *f = (image_feed){.c = 3, .h = SIDE, .w = SIDE, .has_classes = 1, .next = next, .close = close_feed, .own = own};
    for (const char *const *name = own->name; *name; ++name) {
        path_of(path, sizeof path, q->folder, *name);
        f->n += count_records(path);
    }
    return 1;
}
