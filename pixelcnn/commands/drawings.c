#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/available_memory.h"
#include "base/errors.h"
#include "base/memory.h"
#include "base/output_path.h"
#include "base/ranks.h"
#include "base/text.h"
#include "pixelcnn/commands/drawings.h"
#include "pixelcnn/commands/numbered_output.h"
#include "pixelcnn/commands/standard_streams.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/data/npy.h"
#include "pixelcnn/pictures/animation.h"
#include "pixelcnn/pictures/preview.h"

struct drawing_outputs {
    const draw_options *o;
    int numbered; // o->out names a series
    numbered_name each;
    int to_stdout;
    /* While images are drawn: */
    const draw_request *task;
    const generation *g;
    sheet one;          // the layout of a file of the series
    npy_stream *array;  // NULL: none
    unsigned char *all; // NULL: not needed
};

/* ---- names ---- */

/* Suffixes of files that are not written. */
static void refuse_suffix(const char *command, const char *path)
{
    static const struct {
        const char *suffix, *instead;
    } others[] = {{".jpg", "JPEG would blur the levels; write a .png"},
                  {".jpeg", "JPEG would blur the levels; write a .png"},
                  {".gif", "an animation is written by -gif FILE; write a .png"},
                  {".npy", "an array is written by -npy FILE; write a .png"},
                  {".npz", "an array is written by -npy FILE; write a .png"},
                  {".webp", "only PNG is written"},
                  {".bmp", "only PNG is written"},
                  {".tif", "only PNG is written"},
                  {".tiff", "only PNG is written"},
                  {".svg", "only PNG is written"},
                  {".pdf", "only PNG is written"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; ++i)
        if (has_suffix(path, others[i].suffix)) die("pixelcnn %s: -out %s: %s", command, path, others[i].instead);
}

/* "-" is standard output. Returns whether the path is. */
static int is_stdout(const char **path)
{
    output_path at;
    if (*path && !strcmp(*path, "-")) *path = "/dev/stdout";
    return *path && !follow_output(*path, &at) && at.descriptor == STDOUT_FILENO;
}

static void choose_stdout(drawing_outputs *d, const char *command, draw_options *o)
{
    int out = is_stdout(&o->out), npy = is_stdout(&o->npy), gif = is_stdout(&o->gif);
    d->to_stdout = out + npy + gif;
    if (!d->to_stdout) return;
    const char *to = out ? "-out" : npy ? "-npy" : "-gif";
    if (d->to_stdout > 1) die("pixelcnn %s: two files to standard output; name one of them", command);
    if (o->json) die("pixelcnn %s: %s -: and -json: both go to standard output; name a file", command, to);
    if (isatty(STDOUT_FILENO))
        die("pixelcnn %s: %s -: standard output is a terminal; append >FILE or | PROGRAM", command, to);
}

/* ---- files of a series ---- */

/* Images first .. first+n-1 of the series. */
static void write_series(drawing_outputs *d, int first, int n, const unsigned char *images)
{
    char file[4700];
    const draw_request *t = d->task;
    sheet one = d->one;
    size_t values = (size_t)one.c * one.h * one.w;
    if (!first) make_numbered_folder(&d->each);
    for (int i = 0; i < n; ++i) {
        char *text = image_text(d->g, first + i,
                                t->label ? class_of_label(t->label(t->from, first + i), label_of(t->net)) : -1);
        one.text = text;
        write_numbered_name(&d->each, first + i, file, sizeof file);
        write_byte_sheet(file, one, images + i * values);
        free(text);
    }
}

/* ---- all outputs ---- */

drawing_outputs *choose_drawings(const char *command, draw_options *o, const char *usual, const named_path *inputs)
{
    char error[512];
    drawing_outputs *d = checked_calloc(1, sizeof *d);
    d->o = o;
    if (!o->out && !o->npy) o->out = usual;
    choose_stdout(d, command, o);
    need_stdout(command, o->json || d->to_stdout);
    d->numbered = o->out ? read_numbered_name(o->out, ".png", &d->each, error) : 0;
    if (d->numbered < 0) die("pixelcnn %s: -out %s", command, error);
    if (o->out) refuse_suffix(command, d->numbered ? d->each.after : o->out);
    if (o->npy && !d->to_stdout && !has_suffix(o->npy, ".npy") && !is_npz_name(o->npy))
        die("pixelcnn %s: -npy %s: expected a name that ends in .npy, or in .npz for images and labels", command,
            o->npy);
    if (o->preview && (!o->out || d->numbered || d->to_stdout))
        die("pixelcnn %s: -preview shows a sheet: give it a file, -out FILE.png", command);
    check_outputs(command, (named_path[]){{"-out", d->numbered ? 0 : o->out}, {"-gif", o->gif}, {"-npy", o->npy}, {0}},
                  inputs);
    if (d->numbered) check_numbered_output(command, o->out, &d->each, inputs);
    return d;
}

void free_drawings(drawing_outputs *d) { free(d); }

int needs_all_images(const drawing_outputs *d)
{
    const draw_options *o = d->o;
    return (o->out && !d->numbered) || o->gif;
}

void check_drawings(const drawing_outputs *d, sheet s)
{
    char what[128];
    const draw_options *o = d->o;
    if (o->out && !d->numbered) check_sheet(o->out, s);
    if (o->gif) check_animation(o->gif, s);
    if (!needs_all_images(d) || !is_first_rank()) return;
    snprintf(what, sizeof what, "%d image%s at once (-out DIR/ and -npy are written as images come)", s.n,
             plural_s(s.n));
    require_memory(3. * s.n * s.c * s.h * s.w, o->out && !d->numbered ? o->out : o->gif, what);
}

/* "samples.png, samples.npz"; free it. */
static char *names_of(const draw_options *o)
{
    return format_text("%s%s%s", o->out ? o->out : "", o->out && o->npy ? ", " : "", o->npy ? o->npy : "");
}

image_names name_drawn_images(const drawing_outputs *d, const draw_request *t)
{
    if (!needs_all_images(d)) return (image_names){0};
    float *labels = labels_of_request(t, 0, t->n);
    image_names m = name_images(label_of(t->net), labels, t->n, d->o->captions);
    free(labels);
    return m;
}

/* ---- while they are drawn ---- */

static void take_drawn(void *outputs, int first, int n, const unsigned char *images)
{
    drawing_outputs *d = outputs;
    size_t values = (size_t)d->one.c * d->one.h * d->one.w;
    if (d->all) memcpy(d->all + first * values, images, n * values);
    if (d->array) append_npy_images(d->array, n, images);
    if (d->numbered) write_series(d, first, n, images);
}

unsigned char *draw_into(drawing_outputs *d, const draw_request *t, sheet s, generation *g)
{
    const draw_options *o = d->o;
    size_t values = (size_t)s.c * s.h * s.w;
    d->task = t;
    d->g = g;
    d->one = s;
    d->one.n = d->one.columns = 1;
    d->one.scale = o->scale ? o->scale : 1;
    d->one.captions = 0;
    if (is_first_rank()) {
        if (needs_all_images(d)) d->all = checked_calloc(t->n, values);
        if (o->npy) d->array = open_npy_stream(o->npy, t->n, s.c, s.h, s.w);
    }
    generate_images(t, g, take_drawn, d);
    npy_labels labels = {t->label, t->from, label_of(t->net)};
    if (d->array) close_npy_stream(d->array, t->label ? &labels : 0);
    return d->all;
}

/* ---- afterwards ---- */

void finish_drawings(const drawing_outputs *d, shown_images x, generation *g)
{
    const draw_options *o = d->o;
    if (!is_first_rank()) return;
    char *text = generation_text(g), *names = names_of(o);
    x.whole.text = text;
    if (o->gif) write_animation(o->gif, x.whole, x.shown, x.given);
    if (o->out && !d->numbered) write_byte_sheet(o->out, x.whole, x.shown);
    g->files = names;
    g->to = d->to_stdout ? stderr : stdout;
    print_generation(g);
    if (o->preview) show_preview(o->out);
    free(text);
    free(names);
}
