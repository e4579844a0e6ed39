/*
formats.c - what the tests of data set formats share. See formats.h.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "pixelcnn/data/npy.h"
#include "tests/formats.h"
#include "tests/picture_files.h"

static run_result r;

network *make_net(int c, int h, int w, int classes)
{
    char text[1024], label[64] = "";
    if (classes) snprintf(label, sizeof label, "[label_embed]\nclasses=%d\nsize=2\n", classes);
    snprintf(text, sizeof text,
             "[net]\nbatch=2\nheight=%d\nwidth=%d\nchannels=%d\nmax_batches=2\nlearning_rate=0.001\n%s"
             "[gated_vstack]\nfilters=3\n[gated_hstack]\nfilters=3\nmask=a\n[skip_sum]\nfilters=3\n"
             "[convolutional]\nfilters=%d\ngroups=%d\nactivation=linear\n[pixel_softmax]\nlevels=2\n",
             h, w, c, label, 2 * c, c);
    return net_of_text(text, 1);
}

const char *make_folder(const char *name, const char *subs)
{
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    strcpy(path, scratch(name));
    run_command(&r, "rm -rf %s && mkdir %s && cd %s && mkdir -p . %s", path, path, path, subs);
    assert_int_equal(r.status, 0);
    return path;
}

const char *in(const char *folder, const char *name)
{
    static char paths[8][512];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

int is_of_class(const dataset *d, int i, int k)
{
    float label[256];
    read_label(d, i, label);
    for (int j = 0; j < d->classes; ++j)
        if (label[j] != (j == k)) return 0;
    return class_of_image(d, i) == k;
}

const unsigned char *all_images(const dataset *d)
{
    static unsigned char *images;
    free(images);
    images = checked_calloc(d->n, (size_t)d->c * d->h * d->w);
    read_images(d, 0, d->n, images);
    return images;
}

void add_text(const char *folder, const char *name) { write_text(in(folder, name), "hello\n"); }

void add_picture(const char *folder, const char *name, int c, int h, int w, const unsigned char *x)
{
    const char *path = in(folder, name);
    picture_file p = {.w = w, .h = h, .channels = c};
    if (strstr(name, ".png") || strstr(name, ".PNG"))
        write_png_file(path, p, x);
    else
        write_jpeg_file(path, p, x);
}

void add_flat(const char *folder, const char *name, int h, int w, int value)
{
    unsigned char x[4096];
    memset(x, value, sizeof x);
    add_picture(folder, name, 1, h, w, x);
}

const char *make_pictures(const char *name, int n)
{
    const char *folder = make_folder(name, "train/a train/b test/a test/b");
    char file[64];
    for (int i = 0; i < 4 * n; ++i) {
        snprintf(file, sizeof file, "%s/%s/%02d.png", i & 1 ? "train" : "test", i & 2 ? "b" : "a", i / 4);
        add_flat(folder, file, 4, 5, (i & 2 ? 100 : 10) + i / 4);
    }
    return folder;
}

/* Writes the counts of a COVERAGE=1 build, if it is one. */
extern void __gcov_dump(void) __attribute__((weak));

/* Without cleanup: a sanitizer would count what a refusal leaks, and change the status. */
static void leave(int status, void *unused)
{
    (void)unused;
    if (__gcov_dump) __gcov_dump();
    _exit(status);
}

void refuses(const network *net, const char *folder, data_split which, const char *file, const char *says)
{
    int ends[2], status;
    char message[2048], start[600];
    assert_int_equal(pipe(ends), 0);
    fflush(0);
    pid_t pid = fork();
    if (!pid) {
        dup2(ends[1], 2);
        on_exit(leave, 0);
        load_dataset(folder, which, net);
        _exit(0);
    }
    close(ends[1]);
    size_t got = 0;
    for (ssize_t n; got < sizeof message - 1 && (n = read(ends[0], message + got, sizeof message - 1 - got)) > 0;)
        got += n;
    message[got] = 0;
    close(ends[0]);
    waitpid(pid, &status, 0);
    snprintf(start, sizeof start, "%s%s%s: ", folder, *file ? "/" : "", file);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 1 || strncmp(message, start, strlen(start)) ||
        !strstr(message, says) || strchr(message, '\n') != message + got - 1)
        fail_msg("expected status 1 and: %s%s\n    status %x: %s", start, says, status, message);
}

/* ---- arrays ---- */

static const float *row_of_images(const void *images, int i)
{
    const npy_images *x = images;
    return x->labels + (size_t)i * x->e->classes;
}

void write_npy_images(const char *file, const npy_images *x)
{
    npy_stream *s = open_npy_stream(file, x->n, x->c, x->h, x->w);
    append_npy_images(s, x->n, x->pixels);
    close_npy_stream(s, x->labels ? &(npy_labels){row_of_images, x, x->e} : 0);
}
