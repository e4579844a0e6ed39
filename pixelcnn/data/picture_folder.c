/* Data sets of picture files, one sub-folder per class. See dataset.h for the layouts. */
#include <sys/stat.h>
#include "base/available_memory.h"
#include "base/errors.h"
#include "base/memory.h"
#include "layers/label_embed_layer.h"
#include "pixelcnn/data/dataset_formats.h"
#include "pixelcnn/data/picture_list.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/pictures/picture.h"

int is_picture_folder(const char *folder) { return has_picture(folder, 2); }

void read_net_picture(const char *path, const network *net, unsigned char *to)
{
    read_picture(path, find_pixelcnn_net(net)->crop ? FIT_CROP : FIT_STRETCH, net->c, net->h, net->w, to);
}

/* Reads the files of the list; d keeps their names. */
static void read_files(dataset *d, picture_list *l, const network *net)
{
    d->n = l->n;
    d->c = net->c;
    d->h = net->h;
    d->w = net->w;
    size_t values = (size_t)d->c * d->h * d->w;
    require_memory((double)d->n * values, l->file[0].path, "this image and those after it");
    d->pixels = checked_calloc(d->n, values);
    d->names = checked_calloc(d->n, sizeof *d->names);
    for (int i = 0; i < l->n; ++i) {
        read_net_picture(l->file[i].path, net, d->pixels + i * values);
        d->names[i] = l->file[i].path;
    }
}

void load_picture_folder(dataset *d, const data_request *q)
{
    picture_list l = list_pictures(q->folder, q->which, q->classes, q->in_order);
    read_files(d, &l, q->net);
    if (q->classes) alloc_classes(d, q->classes);
    for (int i = 0; q->classes && i < l.n; ++i) d->class_numbers[i] = l.file[i].class;
    d->class_names = l.classes.name;
    free(l.file);
}

/* ---- pictures outside a data set ---- */

static int is_file(const char *path)
{
    struct stat s;
    return !stat(path, &s) && S_ISREG(s.st_mode);
}

int is_loose_pictures(const char *path)
{
    if (is_file(path)) return is_picture_name(path) || is_npy_name(path);
    if (!has_picture(path, 0)) return 0;
    name_list subs = list_folder(path, 1, ORDER_BYTES);
    free_names(subs);
    return !subs.n;
}

/* Moves the files of b to the end of a. */
static void append_files(picture_list *a, picture_list b)
{
    a->file = checked_realloc(a->file, (a->n + b.n + 1) * sizeof *a->file);
    memcpy(a->file + a->n, b.file, b.n * sizeof *b.file);
    a->n += b.n;
    free(b.file);
}

static void read_loose_files(dataset *d, const char *const *paths, int n, const network *net)
{
    picture_list l = {0};
    for (int i = 0; i < n; ++i) append_files(&l, list_loose_pictures(paths[i]));
    read_files(d, &l, net);
    free(l.file);
}

dataset load_loose_pictures(const char *const *paths, int n, const network *net)
{
    dataset d = {0};
    label_embed *label = label_of(net);
    for (int i = 0; i < n; ++i)
        if (n > 1 && is_npy_name(paths[i])) die("%s: an array of images must be the only argument of images", paths[i]);
    if (is_npy_name(paths[0]))
        load_npy_images(&d, paths[0], net);
    else
        read_loose_files(&d, paths, n, net);
    if (!label) return d;
    d.classes = label->classes;
    d.labels = checked_calloc(d.classes, sizeof(float));
    d.label_rows = 1;
    return d;
}

/* ---- image by image ---- */

typedef struct {
    picture_list list;
    picture_shape shape;
    int read; // so far
} picture_feed;

static void next(image_feed *f, unsigned char *image, int *class, float *vector)
{
    picture_feed *own = f->own;
    const picture_file *file = own->list.file + own->read++;
    (void)vector;
    read_picture(file->path, own->shape.fit, f->c, f->h, f->w, image);
    *class = file->class;
}

static void close_feed(image_feed *f)
{
    picture_feed *own = f->own;
    for (int i = 0; i < own->list.n; ++i) free(own->list.file[i].path);
    free(own->list.file);
    free_names(own->list.classes);
    free(own);
}

int feed_pictures(image_feed *f, const feed_request *q)
{
    if (!has_picture_split(q->folder, q->which)) return 0;
    picture_feed *own = checked_calloc(1, sizeof *own);
    own->shape = *q->shape;
    own->list = list_pictures(q->folder, q->which, q->shape->classes, q->in_order);
    *f = (image_feed){.n = own->list.n,
                      .c = q->shape->c,
                      .h = q->shape->h,
                      .w = q->shape->w,
                      .has_classes = q->shape->classes > 0,
                      .class_names = q->shape->classes ? own->list.classes.name : 0,
                      .nclasses = q->shape->classes,
                      .next = next,
                      .close = close_feed,
                      .own = own};
    return 1;
}
