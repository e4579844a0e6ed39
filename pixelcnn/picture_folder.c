/*
picture_folder.c - data sets of images, one a file, in one sub-folder per class. See dataset.h for the layouts.
*/
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include "dataset_formats.h"
#include "errors.h"
#include "gated.h"
#include "label_embed_layer.h"
#include "picture.h"
#include "plain_text.h"

enum { TENTH = 10, TOLD = 20 };
static const char *const split_names[] = {[SPLIT_TRAIN] = "train", [SPLIT_TEST] = "test"};

/* ---- folders ---- */

typedef struct {
    char **name;
    int n;
} names;

static char *join(const char *folder, const char *name)
{
    size_t n = strlen(folder) + strlen(name) + 2;
    char *path = checked_calloc(n, 1);
    snprintf(path, n, "%s/%s", folder, name);
    return path;
}

static int is_folder(const char *path)
{
    struct stat s;
    if (stat(path, &s)) die("%s: cannot read: %s", path, strerror(errno));
    if (!S_ISDIR(s.st_mode) && !S_ISREG(s.st_mode)) die("%s: neither a file nor a folder", path);
    return S_ISDIR(s.st_mode);
}

static int no_dot(const struct dirent *e) { return e->d_name[0] != '.'; }

/* By bytes: the same order whatever the machine's language. */
static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

/* The folder's sub-folders, or else its files, sorted; no dot-files. free_names frees them. */
static names list_folder(const char *folder, int folders)
{
    struct dirent **entry;
    int n = scandir(folder, &entry, no_dot, by_name);
    if (n < 0) die("%s: cannot open: %s", folder, strerror(errno));
    names l = {.name = checked_calloc(n + 1, sizeof *l.name)};
    for (int i = 0; i < n; ++i) {
        char *path = join(folder, entry[i]->d_name);
        if (is_folder(path) == folders)
            l.name[l.n++] = strcpy(path, entry[i]->d_name);
        else
            free(path);
        free(entry[i]);
    }
    free(entry);
    return l;
}

static void free_names(names l)
{
    for (int i = 0; i < l.n; ++i) free(l.name[i]);
    free(l.name);
}

/* Whether a picture is in the folder, or in one up to `depth` levels below. */
static int has_picture(const char *folder, int depth)
{
    DIR *dir = opendir(folder);
    int found = 0;
    for (struct dirent *e; dir && !found && (e = readdir(dir));) {
        if (!no_dot(e)) continue;
        char *path = join(folder, e->d_name);
        found = is_picture_name(e->d_name) || (depth && has_picture(path, depth - 1));
        free(path);
    }
    if (dir) closedir(dir);
    return found;
}

int is_picture_folder(const char *folder) { return has_picture(folder, 2); }

/* ---- files ---- */

typedef struct {
    char *path;
    int class;
    double place; // in its class, from 0 to 1
} picture_file;

typedef struct {
    picture_file *file;
    int n, room;
} picture_list;

static void add_file(picture_list *l, const char *folder, const char *name, int class)
{
    char *path = join(folder, name);
    if (!is_picture_name(name)) die("%s: not an image (.png, .jpg, .jpeg)", path);
    if (l->n == l->room) {
        l->room = l->room ? 2 * l->room : 256;
        l->file = realloc(l->file, l->room * sizeof *l->file);
        if (!l->file) die("%s: out of memory for the names of %d images", folder, l->room);
    }
    l->file[l->n++] = (picture_file){.path = path, .class = class};
}

static void add_class(picture_list *l, const char *folder, int class)
{
    names inner = list_folder(folder, 1), files = list_folder(folder, 0);
    if (inner.n) die("%s/%s: a folder within a folder of images", folder, inner.name[0]);
    for (int i = 0; i < files.n; ++i) add_file(l, folder, files.name[i], class);
    free_names(inner);
    free_names(files);
}

/* All images of base: those in it, then those of its sub-folders, which are the classes. */
static picture_list find_pictures(const char *base, int classes)
{
    picture_list l = {0};
    names subs = list_folder(base, 1), files = list_folder(base, 0);
    if (classes && subs.n != classes)
        die("%s: %d sub-folders, the cfg has classes=%d: a net with label_embed takes its images from one sub-folder "
            "per class%s",
            base, subs.n, classes, subs.n ? "; give classes= that number in the cfg" : "");
    for (int i = 0; i < files.n; ++i) {
        if (is_vectors_name(files.name[i])) continue;
        add_file(&l, base, files.name[i], 0);
        if (classes) die("%s/%s: beside the folders of the classes, in none of them", base, files.name[i]);
    }
    for (int i = 0; i < subs.n; ++i) {
        char *folder = join(base, subs.name[i]);
        add_class(&l, folder, i);
        free(folder);
    }
    free_names(subs);
    free_names(files);
    return l;
}

/* ---- splits ---- */

/* Whether the folder is divided into train/ and test/, beside which nothing else may stand. */
static int is_divided(const char *folder)
{
    names subs = list_folder(folder, 1), files = list_folder(folder, 0);
    int divided = 0;
    const char *other = 0;
    for (int i = 0; i < subs.n; ++i)
        if (!strcmp(subs.name[i], split_names[0]) || !strcmp(subs.name[i], split_names[1]))
            divided = 1;
        else
            other = subs.name[i];
    for (int i = 0; i < files.n; ++i)
        if (!is_vectors_name(files.name[i])) other = files.name[i];
    if (divided && other) die("%s/%s: beside train/ and test/, in neither of them", folder, other);
    free_names(subs);
    free_names(files);
    return divided;
}

/* Where both splits are there they have the same classes, or numbers would mean different things. */
static void need_same_classes(const char *folder)
{
    char *path[2];
    names l[2];
    for (int s = 0; s < 2; ++s) {
        path[s] = join(folder, split_names[s]);
        struct stat st;
        l[s] = stat(path[s], &st) ? (names){0} : list_folder(path[s], 1);
    }
    for (int i = 0; l[0].name && l[1].name && (i < l[0].n || i < l[1].n); ++i) {
        int order = i >= l[0].n ? 1 : i >= l[1].n ? -1 : strcmp(l[0].name[i], l[1].name[i]);
        int has = order > 0;
        if (order) die("%s/%s: no such class in %s", path[has], l[has].name[i], path[!has]);
    }
    for (int s = 0; s < 2; ++s) {
        free_names(l[s]);
        free(path[s]);
    }
}

/* On stderr: which number stands for which class, as -label takes it. */
static void tell_classes(const char *base)
{
    names l = list_folder(base, 1);
    for (int i = 0; i < l.n && i < TOLD; ++i) fprintf(stderr, "%s %d %s", i ? "," : "classes:", i, plain(l.name[i]));
    fprintf(stderr, "%s\n", l.n > TOLD ? ", ..." : "");
    free_names(l);
}

/* Leaves of a folder that is not divided the split: each tenth file is for testing. */
static void keep_split(picture_list *l, const char *folder, split which)
{
    int n = 0;
    if (l->n < TENTH)
        die("%s: %d images without train/ and test/: each tenth is for testing, so %d are needed", folder, l->n, TENTH);
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

/* Mixes the classes evenly, as any run of a data set should: training holds out its last images. */
static void spread_classes(picture_list *l)
{
    for (int from = 0, to; from < l->n; from = to) {
        for (to = from; to < l->n && l->file[to].class == l->file[from].class;) ++to;
        for (int i = from; i < to; ++i) l->file[i].place = (i - from + .5) / (to - from);
    }
    qsort(l->file, l->n, sizeof *l->file, by_place);
}

/* The files of the list, which the data set keeps the names of; room for labels where classes are wanted. */
static void read_files(dataset *d, picture_list *l, const network *net, int classes)
{
    d->n = l->n;
    d->c = net->c;
    d->h = net->h;
    d->w = net->w;
    size_t values = (size_t)d->c * d->h * d->w;
    d->pixels = checked_calloc(d->n, values);
    d->names = checked_calloc(d->n, sizeof *d->names);
    if (classes) make_labels(d, classes);
    for (int i = 0; i < l->n; ++i) {
        read_picture(l->file[i].path, d->c, d->h, d->w, d->pixels + i * values);
        d->names[i] = l->file[i].path;
    }
}

void load_picture_folder(dataset *d, const data_request *q)
{
    int divided = is_divided(q->folder);
    char *base = divided ? join(q->folder, split_names[q->which]) : strdup(q->folder);
    if (divided && q->classes) need_same_classes(q->folder);
    picture_list l = find_pictures(base, q->classes);
    if (!divided) keep_split(&l, q->folder, q->which);
    if (!l.n) die("%s: no images in it", base);
    if (!q->in_order) spread_classes(&l);
    read_files(d, &l, q->net, q->classes);
    for (int i = 0; q->classes && i < l.n; ++i)
        one_hot(d->labels + (size_t)i * q->classes, q->classes, l.file[i].class);
    if (q->classes && q->which == SPLIT_TRAIN) tell_classes(base);
    free(l.file);
    free(base);
}

/* ---- pictures that are no data set ---- */

static int is_file(const char *path)
{
    struct stat s;
    return !stat(path, &s) && S_ISREG(s.st_mode);
}

int is_loose_pictures(const char *path)
{
    if (is_file(path)) return is_picture_name(path);
    if (!has_picture(path, 0)) return 0;
    names subs = list_folder(path, 1);
    free_names(subs);
    return !subs.n;
}

dataset load_loose_pictures(const char *path, const network *net)
{
    dataset d = {0};
    label_embed *label = label_of(*net);
    picture_list l = {0};
    if (is_file(path)) {
        l.file = checked_calloc(1, sizeof *l.file);
        l.file[l.n++].path = strdup(path);
    } else
        l = find_pictures(path, 0);
    read_files(&d, &l, net, label ? label->classes : 0);
    free(l.file);
    return d;
}
