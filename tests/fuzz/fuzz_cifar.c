/*
fuzz_cifar.c - fuzz target: folders of CIFAR-10 batches.

An input describes a folder: byte 0 which split, labels and shape the net wants, byte 1 what is wrong with the
folder; then for each batch its images and how many bytes its file is longer or shorter; what follows are the
labels and the pixels, over and over.
*/
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "pixelcnn/data/dataset_formats.h"
#include "tests/fuzz/harness.h"

enum { RECORD = 1 + 3 * 32 * 32, BATCHES = 5, FILES = 6, MOST_IMAGES = 4, FOLDERS = FILES + 2 };

/* Folder i lacks file i, the one after those has all, in the last a folder stands in place of file 2. */
static char folders[FOLDERS][64];
static char root[32] = "/tmp/pixelcnn-fuzz.XXXXXX";
static int fds[FILES]; // of the files, which are links to them

static const char *name_of(int file)
{
    static char name[32];
    snprintf(name, sizeof name, file < BATCHES ? "data_batch_%d.bin" : "test_batch.bin", file + 1);
    return name;
}

static void remove_folders(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", root);
    if (system(command)) fprintf(stderr, "%s stays\n", root);
}

static void make_file(int folder, int file)
{
    char link[128], target[64];
    snprintf(link, sizeof link, "%s/%s", folders[folder], name_of(file));
    snprintf(target, sizeof target, "/proc/self/fd/%d", fds[file]);
    int spoilt = folder == FOLDERS - 1 && file == 2;
    promise(folder == file || !(spoilt ? mkdir(link, 0700) : symlink(target, link)), "files can be made");
}

void prepare(void)
{
    promise(mkdtemp(root) != 0, "a folder can be made");
    atexit(remove_folders);
    for (int i = 0; i < FILES; ++i) fds[i] = memfd_create("batch", 0);
    for (int i = 0; i < FOLDERS; ++i) {
        snprintf(folders[i], sizeof folders[i], "%s/%d", root, i);
        promise(!mkdir(folders[i], 0700), "a folder can be made");
        for (int k = 0; k < FILES; ++k) make_file(i, k);
    }
}

typedef struct {
    const uint8_t *data;
    size_t size, at;
} input;

static uint8_t next(input *in) { return in->at < in->size ? in->data[in->at++] : 0; }

/* A batch of some images. Returns its bytes. */
static size_t write_batch(input *in, int fd, uint8_t images, int8_t off)
{
    static uint8_t text[(MOST_IMAGES + 1) * RECORD];
    long bytes = images % (MOST_IMAGES + 1) * RECORD + off;
    if (bytes < 0) bytes = 0;
    if (bytes > (long)sizeof text) bytes = sizeof text;
    for (long at = 0; at < bytes; at += RECORD) {
        text[at] = next(in);
        memset(text + at + 1, next(in), bytes - at < RECORD ? bytes - at - 1 : RECORD - 1);
    }
    promise(!ftruncate(fd, bytes) && pwrite(fd, text, bytes, 0) == bytes, "a file can be written");
    return bytes;
}

typedef struct {
    dataset d;
    data_request q;
} loading;

static void load(void *what)
{
    loading *l = what;
    load_cifar_folder(&l->d, &l->q);
}

static void check(const loading *l, size_t bytes)
{
    const dataset *d = &l->d;
    promise((size_t)d->n * RECORD == bytes, "all images of all batches are read");
    for (int i = 0; i < d->n && l->q.classes; ++i)
        promise(class_of_image(d, i) >= 0 && class_of_image(d, i) < l->q.classes, "one class an image");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int classes[] = {0, 10, 1, 256};
    input in = {data, size, 0};
    uint8_t request = next(&in), wrong = next(&in);
    int test = request & 1, first = test ? BATCHES : 0, n = test ? 1 : BATCHES;
    uint8_t images[BATCHES], off[BATCHES];
    size_t bytes = 0;
    for (int i = 0; i < n; ++i) {
        images[i] = next(&in);
        off[i] = next(&in);
    }
    for (int i = 0; i < n; ++i) bytes += write_batch(&in, fds[first + i], images[i], off[i]);
    network net = {.h = 32, .w = 32, .c = request & 8 && request & 16 ? 1 : 3};
    const char *folder = folders[wrong < FOLDERS ? wrong : FILES];
    loading l = {.q = {.folder = folder,
                       .which = test ? SPLIT_TEST : SPLIT_TRAIN,
                       .net = &net,
                       .classes = classes[request >> 1 & 3]}};
    if (is_cifar_folder(folder) && attempt(load, &l)) {
        check(&l, bytes);
        free_dataset(&l.d);
        must_be_empty();
    }
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    dice d = dice_of(seed);
    size = LLVMFuzzerMutate(data, size, max_size);
    if (roll(&d, 4) && size > 1) data[1] = FILES;
    for (size_t i = 3; i < size && i < 2 + 2 * BATCHES; i += 2)
        if (roll(&d, 16)) data[i] = 0;
    for (size_t i = 12; i < size && roll(&d, 4); i += 2)
        if (roll(&d, 8)) data[i] %= 10;
    return size;
}
