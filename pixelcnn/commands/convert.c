#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/errors.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/progress.h"
#include "base/temporary_files.h"
#include "base/text.h"
#include "layers/label_embed_layer.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/net_files.h"
#include "pixelcnn/commands/standard_streams.h"
#include "pixelcnn/data/idx_write.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/class_names.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/watch/task.h"

enum { SPLITS = 2 };

typedef struct {
    const char *cfg, *fit, *background; // NULL: not given
    int width, height, channels, json;  // 0: not given
} convert_options;

/* What was written. */
typedef struct {
    const char *folder;
    image_feed feed[SPLITS]; // n 0: the data set has no such split
    idx_writer *writer[SPLITS];
    int classes; // one more than the largest
    char **names;
    int nnames; // 0: unknown
} conversion;

/* ---- shape ---- */

static picture_shape shape_of_cfg(const convert_options *o)
{
    const char *file = access(o->cfg, F_OK) ? file_of_net(o->cfg, "cfg", ".cfg") : o->cfg;
    if (o->width || o->height || o->channels || o->fit)
        die("pixelcnn convert: -cfg %s: has width, height, channels and fit; omit those options", o->cfg);
    network *net = parse_pixelcnn_cfg(file ? file : o->cfg, (net_overrides){.batch = 1});
    const label_embed *e = label_of(net);
    int classes = e && !e->attributes ? e->classes : 0;
    picture_shape s = {net->c, net->h, net->w, classes, find_pixelcnn_net(net)->crop ? FIT_CROP : FIT_STRETCH};
    free_network(net);
    return s;
}

static picture_shape shape_of_options(const convert_options *o, const char *data)
{
    data_look l = look_at_data(data);
    int crop = o->fit && !strcmp(o->fit, "crop");
    if (l.sizes_differ && !(o->width && o->height))
        die("%s: pictures of %d x %d to %d x %d pixels (width x height): give -width N -height N, or -cfg CFG for the "
            "net that is to be trained",
            data, l.smallest[1], l.smallest[0], l.largest[1], l.largest[0]);
    return (picture_shape){o->channels ? o->channels : l.c, o->height ? o->height : l.h, o->width ? o->width : l.w,
                           l.attributes ? 0 : l.classes, crop ? FIT_CROP : FIT_STRETCH};
}

/* Exits 1 if options for pictures are given with data that have a shape of their own. */
static picture_shape choose_shape(const convert_options *o, const char *data)
{
    if (o->fit && strcmp(o->fit, "crop") && strcmp(o->fit, "stretch"))
        die("pixelcnn convert: -fit %s: expected stretch or crop", o->fit);
    if (o->channels == 2) die("pixelcnn convert: -channels 2: expected 1 or 3");
    int own = has_own_shape(data);
    if (own && (o->cfg || o->width || o->height || o->channels || o->fit))
        die("pixelcnn convert: %s: arrays keep their shape; -cfg, -width, -height, -channels and -fit are for pictures",
            data);
    return own ? (picture_shape){0} : o->cfg ? shape_of_cfg(o) : shape_of_options(o, data);
}

/* ---- the folder ---- */

static const char *new_folder;

/* If nothing was written. At exit this runs before main's remove_temporaries. */
static void leave_empty_folder(void)
{
    remove_temporaries();
    rmdir(new_folder);
}

static void make_folder(const char *data, const char *folder)
{
    char from[PATH_MAX], to[PATH_MAX];
    struct stat s;
    if (!mkdir(folder, 0777)) {
        new_folder = folder;
        atexit(leave_empty_folder);
    } else if (errno != EEXIST || stat(folder, &s) || !S_ISDIR(s.st_mode)) {
        die("%s: cannot create the folder: %s", folder, strerror(errno));
    }
    if (realpath(data, from) && realpath(folder, to) && !strcmp(from, to))
        die("pixelcnn convert: %s: would write into DATA; choose another folder", folder);
    if (is_idx_folder(folder)) die("%s: has IDX files of a data set; choose another folder, or remove them", folder);
}

/* ---- images ---- */

static void write_split(conversion *c, data_split which)
{
    image_feed *f = c->feed + which;
    unsigned char *image = checked_malloc((size_t)f->c * f->h * f->w);
    float *vector = checked_calloc(f->attributes, sizeof *vector);
    c->writer[which] = open_idx_writer(c->folder, which, f);
    for (int i = 0, class = 0; i < f->n; ++i) {
        next_image(f, image, &class, vector);
        write_idx_image(c->writer[which], image, class, vector);
        if (f->has_classes && class >= c->classes) c->classes = class + 1;
        count_progress(1);
    }
    finish_idx_writer(c->writer[which]);
    free(image);
    free(vector);
}

/* The names of the folders, or from the file beside the data. */
static void take_names(conversion *c, const char *data)
{
    const image_feed *f = c->feed[SPLIT_TRAIN].n ? c->feed + SPLIT_TRAIN : c->feed + SPLIT_TEST;
    c->nnames = f->nclasses;
    c->names = f->class_names ? copy_class_names(f->class_names, f->nclasses) : names_beside(data, &c->nnames);
    if (!c->names) c->nnames = 0;
}

static void write_names(const conversion *c)
{
    char path[PATH_MAX], error[512];
    snprintf(path, sizeof path, "%s/classes.names", c->folder);
    if (c->names && try_write_class_names(path, c->names, c->nnames, error)) die("%s", error);
}

/* All files are on disk before any of them gets its name, the images last. */
static void convert(conversion *c, const char *data, const picture_shape *shape)
{
    int n = 0;
    for (int s = 0; s < SPLITS; ++s) n += open_image_feed(c->feed + s, data, s, shape) ? c->feed[s].n : 0;
    begin_images("converting", n, 1);
    for (int s = 0; s < SPLITS; ++s)
        if (c->feed[s].n) write_split(c, s);
    end_task();
    take_names(c, data);
    write_names(c);
    for (int s = 0; s < SPLITS; ++s) {
        if (!c->feed[s].n) continue;
        publish_idx_writer(c->writer[s]);
        close_image_feed(c->feed + s);
    }
}

/* ---- result ---- */

static const image_feed *any_split(const conversion *c) { return c->feed[0].n ? c->feed : c->feed + 1; }

static void print_classes(const conversion *c)
{
    int n = c->nnames ? c->nnames : c->classes;
    printf(", %d class%s%s", n, n == 1 ? "" : "es", c->nnames ? " with names" : "");
}

static void print_text(const conversion *c)
{
    const image_feed *f = any_split(c);
    printf("%s: %d training and %d test image%s of %d x %d x %d", printable_on(stdout, c->folder), c->feed[0].n,
           c->feed[1].n, plural_s(c->feed[1].n), f->w, f->h, f->c);
    if (f->attributes) printf(", %d attribute%s", f->attributes, plural_s(f->attributes));
    if (f->has_classes) print_classes(c);
    printf("\n");
}

static void print_json(const conversion *c)
{
    const image_feed *f = any_split(c);
    json_writer j = {.to = stdout};
    json_begin(&j, 0, '{');
    json_text(&j, "folder", c->folder);
    json_number(&j, "training_images", "%d", c->feed[SPLIT_TRAIN].n);
    json_number(&j, "test_images", "%d", c->feed[SPLIT_TEST].n);
    json_number(&j, "channels", "%d", f->c);
    json_number(&j, "height", "%d", f->h);
    json_number(&j, "width", "%d", f->w);
    json_number(&j, "classes", "%d", f->has_classes ? c->nnames ? c->nnames : c->classes : 0);
    json_number(&j, "attributes", "%d", f->attributes);
    if (c->names) json_begin(&j, "class_names", '[');
    for (int k = 0; k < c->nnames; ++k) json_text(&j, 0, c->names[k]);
    if (c->names) json_end(&j, ']');
    json_end(&j, '}');
}

static convert_options asked;
static const option options[] = {
    {"-cfg CFG", OPTION_TEXT, &asked.cfg, 0, 0, "give pictures the size, channels and fit of this net"},
    {"-width N", OPTION_INT, &asked.width, 0, 4096, "scale pictures to N wide; 0: as they are, if all are alike"},
    {"-height N", OPTION_INT, &asked.height, 0, 4096, "scale pictures to N high"},
    {"-channels N", OPTION_INT, &asked.channels, 0, 3, "1: grey, 3: colour; 0: colour if a picture has any"},
    {"-fit stretch|crop", OPTION_TEXT, &asked.fit, 0, 0,
     "stretch: scale each side; crop: first crop the longer side; default: stretch"},
    BACKGROUND_OPTION(&asked.background),
    {"-json", OPTION_FLAG, &asked.json, 0, 0, "print the result as JSON"}};

static void run_convert(const char **a)
{
    need_stdout("convert", asked.json);
    set_picture_background(asked.background);
    conversion c = {.folder = a[1]};
    picture_shape shape = choose_shape(&asked, a[0]);
    make_folder(a[0], a[1]);
    convert(&c, a[0], &shape);
    (asked.json ? print_json : print_text)(&c);
    free_class_names(c.names, c.nnames);
}

const command_form convert_form = {.name = "convert",
                                   .arguments = "DATA DIR",
                                   .summary = "write DATA to DIR as IDX files, which need not fit into memory",
                                   .least = 2,
                                   .most = 2,
                                   WITH(options),
                                   .run = run_convert,
                                   .example = "data/mnist data/mnist-idx"};
