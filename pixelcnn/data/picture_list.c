/* Finds the files of a picture data set. See dataset.h for the layouts. */
#include <limits.h>
#include <sys/stat.h>
#include "base/errors.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/text.h"
#include "pixelcnn/data/dataset_formats.h"
#include "pixelcnn/data/picture_list.h"
#include "pixelcnn/pictures/picture.h"

enum { TENTH = 10 };
static const char *const split_names[] = {[SPLIT_TRAIN] = "train", [SPLIT_TEST] = "test"};

/* ---- files ---- */

static void skip_file(picture_list *l, char *path)
{
    if (l->others++)
        free(path);
    else
        l->first_other = path;
}

static void add_file(picture_list *l, const char *folder, const char *name, int class)
{
    char *path = join_path(folder, name);
    if (!is_picture_name(name)) {
        skip_file(l, path);
        return;
    }
    if (l->n == l->capacity) {
        if (l->capacity > INT_MAX / 2) die("%s: more than %d images", folder, l->capacity);
        l->capacity = l->capacity ? 2 * l->capacity : 256;
        l->file = realloc(l->file, l->capacity * sizeof *l->file);
        if (!l->file) die("%s: out of memory for the names of %d images", folder, l->capacity);
    }
    l->file[l->n++] = (picture_file){.path = path, .class = class};
}

/* Reports skipped files. */
static void report_others(picture_list *l, const char *folder)
{
    if (l->others)
        fprintf(stderr, "%s: skipped %d file%s that %s not .png, .jpg or .jpeg, the first: %s\n", printable(folder),
                l->others, plural_s(l->others), l->others > 1 ? "are" : "is", printable(l->first_other));
    free(l->first_other);
}

static void add_class(picture_list *l, const char *folder, int class)
{
    name_list inner = list_folder(folder, 1, ORDER_BYTES), files = list_folder(folder, 0, ORDER_BYTES);
    if (inner.n) die("%s/%s: a folder inside a folder of images", folder, inner.name[0]);
    for (int i = 0; i < files.n; ++i) add_file(l, folder, files.name[i], class);
    free_names(inner);
    free_names(files);
}

/* ---- classes ---- */

/* Where the images of a split are, and where those of the other split are. */
typedef struct {
    char *base, *other; // other: NULL where the folder is not divided
} places;

static int has_picture_in(const char *folder, const char *name, int depth)
{
    char *path = join_path(folder, name);
    int found = has_picture(path, depth);
    free(path);
    return found;
}

/* The classes: sub-folders of base that contain images, there or in the folder of the same name in the other
   split. The rest go into `empty`. */
static name_list list_classes(const places *p, name_list *empty)
{
    name_list all = list_folder(p->base, 1, ORDER_NATURAL),
              classes = {.name = checked_calloc(all.n + 1, sizeof(char *))};
    *empty = (name_list){.name = checked_calloc(all.n + 1, sizeof(char *))};
    for (int i = 0; i < all.n; ++i) {
        char *name = all.name[i];
        int is_class = has_picture_in(p->base, name, 0) || (p->other && has_picture_in(p->other, name, 0));
        if (!is_class && has_picture_in(p->base, name, 1))
            die("%s/%s: its images are in a sub-folder; move them up, one folder per class", p->base, name);
        name_list *to = is_class ? &classes : empty;
        to->name[to->n++] = name;
    }
    free(all.name);
    return classes;
}

/* Exits 1 unless there are as many as the cfg says. */
static void need_classes(const char *base, name_list found, name_list empty, int classes)
{
    if (found.n == classes) return;
    char *have = names_as_text(found), *without = names_as_text(empty);
    die("%s: %d sub-folder%s with images%s%s, the cfg has classes=%d: a net with label_embed takes its images from one "
        "sub-folder per class%s%s%s",
        base, found.n, plural_s(found.n), found.n ? ": " : "", have, classes,
        found.n ? "; set classes to that number in the cfg" : "", empty.n ? "; without .png, .jpg or .jpeg: " : "",
        without);
}

/* If both splits exist, they must have the same classes, or class numbers would have two meanings. */
static void need_same_classes(const places *p)
{
    struct stat st;
    if (stat(p->base, &st) || stat(p->other, &st)) return;
    const places at[] = {*p, {p->other, p->base}};
    name_list l[2], empty;
    for (int s = 0; s < 2; ++s) {
        l[s] = list_classes(at + s, &empty);
        free_names(empty);
    }
    for (int i = 0; i < l[0].n || i < l[1].n; ++i) {
        int order = i >= l[0].n ? 1 : i >= l[1].n ? -1 : compare_names(l[0].name[i], l[1].name[i], ORDER_NATURAL);
        int has = order > 0;
        if (order) die("%s/%s: no such class in %s", at[has].base, l[has].name[i], at[!has].base);
    }
    free_names(l[0]);
    free_names(l[1]);
}

static int sorts_as_text(name_list l)
{
    for (int i = 1; i < l.n; ++i)
        if (compare_names(l.name[i - 1], l.name[i], ORDER_BYTES) > 0) return 0;
    return 1;
}

/* Reports the number of each class, as -label takes it, and which folders are not classes. */
static void report_classes(const char *base, name_list l, name_list empty, data_split which)
{
    for (int i = 0; which == SPLIT_TRAIN && i < l.n; ++i)
        fprintf(stderr, "%s %d %s%s", i ? "," : "classes:", i, printable(l.name[i]), i == l.n - 1 ? "\n" : "");
    if (!sorts_as_text(l))
        fprintf(stderr, "classes are in natural order, 2 before 10; earlier versions, and so weights trained by them, "
                        "sorted them as text\n");
    char *without = names_as_text(empty);
    if (empty.n)
        fprintf(stderr, "%s: not classes, as they contain no .png, .jpg or .jpeg: %s\n", printable(base), without);
    free(without);
}

/* All images of base: those in it, then those in its sub-folders, the classes. */
static picture_list find_pictures(const places *p, int classes, data_split which)
{
    picture_list l = {0};
    name_list empty = {0}, subs = classes ? list_classes(p, &empty) : list_folder(p->base, 1, ORDER_BYTES);
    name_list files = list_folder(p->base, 0, ORDER_BYTES);
    if (classes) need_classes(p->base, subs, empty, classes);
    for (int i = 0; i < files.n; ++i) {
        if (is_label_vectors_name(files.name[i])) continue;
        if (classes && is_picture_name(files.name[i])) die("%s/%s: in no class folder", p->base, files.name[i]);
        add_file(&l, p->base, files.name[i], 0);
    }
    for (int i = 0; i < subs.n; ++i) {
        char *folder = join_path(p->base, subs.name[i]);
        add_class(&l, folder, i);
        free(folder);
    }
    if (classes) report_classes(p->base, subs, empty, which);
    report_others(&l, p->base);
    free_names(empty);
    free_names(files);
    if (classes)
        l.classes = subs;
    else
        free_names(subs);
    return l;
}

/* ---- splits ---- */

/* Whether the folder is divided into train/ and test/. Exits 1 if there are images outside these. */
static int is_divided(const char *folder)
{
    name_list subs = list_folder(folder, 1, ORDER_BYTES), files = list_folder(folder, 0, ORDER_BYTES);
    int divided = 0;
    const char *other = 0;
    for (int i = 0; i < subs.n; ++i)
        if (!strcmp(subs.name[i], split_names[0]) || !strcmp(subs.name[i], split_names[1]))
            divided = 1;
        else if (has_picture_in(folder, subs.name[i], 1))
            other = subs.name[i];
    for (int i = 0; i < files.n; ++i)
        if (is_picture_name(files.name[i])) other = files.name[i];
    if (divided && other) die("%s/%s: outside train/ and test/", folder, other);
    free_names(subs);
    free_names(files);
    return divided;
}

/* Keeps the images of this split in an undivided folder: every tenth file is for testing. */
static void keep_split(picture_list *l, const char *folder, data_split which)
{
    int n = 0;
    if (l->n < TENTH)
        die("%s: %d image%s and no train/ and test/: every tenth is for testing, so %d are needed", folder, l->n,
            plural_s(l->n), TENTH);
    for (int i = 0; i < l->n; ++i)
        if ((i % TENTH == TENTH - 1) == (which == SPLIT_TEST))
            l->file[n++] = l->file[i];
        else
            free(l->file[i].path);
    l->n = n;
}

static int by_place(const void *a, const void *b)
{
    const picture_file *x = a, *y = b;
    if (x->place != y->place) return x->place < y->place ? -1 : 1;
    return x->class - y->class;
}

/* Mixes the classes evenly, so that every stretch of the data set has all of them: training holds out the
   last images. */
static void spread_classes(picture_list *l)
{
    for (int from = 0, to; from < l->n; from = to) {
        for (to = from; to < l->n && l->file[to].class == l->file[from].class;) ++to;
        for (int i = from; i < to; ++i) l->file[i].place = (i - from + .5) / (to - from);
    }
    qsort(l->file, l->n, sizeof *l->file, by_place);
}

/* Of a folder that is divided or not. */
static places find_places(const char *folder, data_split which)
{
    if (!is_divided(folder)) return (places){.base = copy_text(folder)};
    return (places){join_path(folder, split_names[which]), join_path(folder, split_names[!which])};
}

picture_list list_pictures(const char *folder, data_split which, int classes, int in_order)
{
    places p = find_places(folder, which);
    if (p.other && classes) need_same_classes(&p);
    picture_list l = find_pictures(&p, classes, which);
    if (!p.other) keep_split(&l, folder, which);
    if (!l.n) die("%s: no images in it", p.base);
    if (!in_order) spread_classes(&l);
    free(p.base);
    free(p.other);
    return l;
}

picture_list list_loose_pictures(const char *path)
{
    struct stat s;
    picture_list l = {0};
    if (stat(path, &s) || !S_ISREG(s.st_mode)) return find_pictures(&(places){.base = (char *)path}, 0, SPLIT_TEST);
    l.file = checked_calloc(1, sizeof *l.file);
    l.file[l.n++].path = copy_text(path);
    return l;
}

int has_picture_split(const char *folder, data_split which)
{
    places p = find_places(folder, which);
    int has = has_picture(p.base, 1);
    free(p.base);
    free(p.other);
    return has;
}

int count_class_folders(const char *folder)
{
    places p = find_places(folder, SPLIT_TRAIN);
    name_list empty, classes = list_classes(&p, &empty);
    int n = classes.n;
    free_names(classes);
    free_names(empty);
    free(p.base);
    free(p.other);
    return n;
}
