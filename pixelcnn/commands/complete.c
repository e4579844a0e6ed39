#include <errno.h>
#include <limits.h>
#include <math.h>
#include <sys/stat.h>
#include "base/errors.h"
#include "base/memory.h"
#include "layers/label_embed_layer.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/commands/agreement.h"
#include "pixelcnn/commands/captions.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/drawings.h"
#include "pixelcnn/commands/file_kind.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/pictures/picture.h"
#include "pixelcnn/sample/sampler.h"

enum { HALF = -1 };

typedef struct {
    draw_options draw;
    const char *mask;        // NULL: none
    const char *background;  // NULL: white
    int rows, image, images; // rows HALF: half of them
} complete_options;

/* The images to be completed, as the net reads them. */
typedef struct {
    int n;
    unsigned char *levels; // (n,C,H,W)
    float *labels;         // (n,classes); NULL: no data set, or a net without label
} originals;

/* ---- what is given ---- */

/* (H,W), 1 at given pixels; description[size] says which. Free it. */
static unsigned char *choose_given(const complete_options *o, const network *net, char *description, size_t size)
{
    if (o->mask && o->rows != HALF) die("pixelcnn complete: -rows %d and -mask %s: give one of them", o->rows, o->mask);
    snprintf(description, size, "mask %s", o->mask);
    unsigned char *keep = checked_calloc((size_t)net->h * net->w, 1);
    if (o->mask) {
        read_mask(o->mask, net->h, net->w, keep);
        return keep;
    }
    int rows = o->rows == HALF ? net->h / 2 : o->rows;
    if (rows > net->h) die("pixelcnn complete: -rows %d: the cfg has height=%d", rows, net->h);
    snprintf(description, size, "rows %d", rows);
    memset(keep, 1, (size_t)rows * net->w);
    return keep;
}

/* ---- images ---- */

static void to_levels(unsigned char *x, size_t n, int levels)
{
    for (size_t i = 0; i < n; ++i) x[i] = level_of_byte(x[i], levels);
}

static originals read_one(const complete_options *o, const char *path, const network *net)
{
    if (o->image > 0) die("pixelcnn complete: -image %d: %s is a file, not a folder", o->image, path);
    if (o->images > 1) die("pixelcnn complete: -images %d: %s is a file, not a folder", o->images, path);
    originals x = {.n = 1, .levels = checked_calloc(net->truths, 1)};
    read_net_picture(path, net, x.levels);
    return x;
}

/* Test images of a data set, a folder or an archive, or all of a folder of pictures, without labels. */
static originals read_folder(const complete_options *o, const char *path, const network *net)
{
    int first = o->image, n = o->images, loose = is_loose_pictures(path);
    dataset d = loose ? load_loose_pictures(&path, 1, net) : load_dataset(path, SPLIT_TEST, net);
    const char *kind = loose ? "" : "test ";
    if (first >= d.n) die("pixelcnn complete: -image %d: %s has %simages 0 to %d", first, path, kind, d.n - 1);
    if (n > d.n - first)
        die("pixelcnn complete: -images %d: %s has %d %simages from image %d on", n, path, d.n - first, kind, first);
    agree_on_work((named_path[]){{0}}, path, &d);
    originals x = {.n = n, .levels = checked_calloc(n, net->truths)};
    read_images(&d, first, n, x.levels);
    if (has_labels(&d) && !loose) x.labels = checked_calloc((size_t)n * d.classes, sizeof(float));
    for (int i = 0; x.labels && i < n; ++i) read_label(&d, first + i, x.labels + (size_t)i * d.classes);
    free_dataset(&d);
    return x;
}

static originals read_originals(const complete_options *o, const char *path, const network *net)
{
    struct stat s;
    if (stat(path, &s)) die("%s: cannot open: %s", path, strerror(errno));
    int several = S_ISDIR(s.st_mode) || kind_of_file(path) == KIND_ARRAYS;
    originals x = (several ? read_folder : read_one)(o, path, net);
    to_levels(x.levels, (size_t)x.n * net->truths, loss_of(net)->levels);
    return x;
}

/* ---- drawing ---- */

/* Rows of the sheet per original: one, or with -label all one per class. */
static int rows_each(const complete_options *o, const network *net)
{
    return o->draw.label && !strcmp(o->draw.label, "all") ? label_of(net)->classes : 1;
}

static sheet lay_out(const complete_options *o, const network *net, long long rows, int all_at_once)
{
    int columns = o->draw.n + 2;
    if ((double)rows * columns * (all_at_once ? net->truths : 1) > INT_MAX)
        die("pixelcnn complete: -n %d: too many images for one command", o->draw.n);
    return sheet_of_net(net, (int)rows * columns, columns, o->draw.scale);
}

/* What image i starts from, and its label: image i is completion i % n in row i / n, and each original has
   rows / x->n rows. */
typedef struct {
    const originals *x;
    int n, each; // each: rows of an original
    size_t values;
    int classes;
    label_series labels; // by the completion's place in its row; n 0: the original's label
} completion;

static const unsigned char *start_of_image(const void *from, int i)
{
    const completion *c = from;
    return c->x->levels + (size_t)(i / c->n / c->each) * c->values;
}

/* One class per row, the same labels in every row, or the original's label. */
static const float *label_of_image(const void *from, int i)
{
    const completion *c = from;
    if (!c->labels.n) return c->x->labels + (size_t)(i / c->n) * c->classes;
    return label_in_series(&c->labels, c->each > 1 ? i : i % c->n);
}

static completion choose_labels(const complete_options *o, const network *net, const originals *x, int each)
{
    const label_embed *e = label_of(net);
    completion c = {.x = x, .n = o->draw.n, .each = each, .values = net->truths, .classes = e ? e->classes : 0};
    if (e && (o->draw.label || !x->labels)) c.labels = read_label_series(o->draw.label, c.n, e);
    return c;
}

static void copy_bytes(const network *net, const unsigned char *levels, unsigned char *to)
{
    for (int i = 0; i < net->truths; ++i) to[i] = byte_of_level(levels[i], loss_of(net)->levels);
}

/* Row r of the sheet: the original, its given part, the completions, of which drawn has 8 bits. */
static void show_row(const network *net, const unsigned char *keep, const unsigned char *original,
                     const unsigned char *drawn, int n, unsigned char *to)
{
    int values = net->truths, plane = net->h * net->w;
    copy_bytes(net, original, to);
    for (int i = 0; i < values; ++i) to[values + i] = keep[i % plane] ? to[i] : SHEET_GREY;
    memcpy(to + 2 * values, drawn, (size_t)n * values);
}

/* (s.n,H,W), 1 where an animation shows the pixel from its first frame on: originals, given parts, and the
   given pixels of completions. Free it. */
static unsigned char *always_shown(const network *net, sheet s, const unsigned char *keep)
{
    size_t plane = (size_t)net->h * net->w;
    unsigned char *shown = checked_calloc(s.n, plane);
    for (int i = 0; i < s.n; ++i)
        if (i % s.columns < 2)
            memset(shown + i * plane, 1, plane);
        else
            memcpy(shown + i * plane, keep, plane);
    return shown;
}

/* The images of the sheet from those drawn, 8 bit. Free them. */
static unsigned char *lay_images(const network *net, sheet s, const unsigned char *keep, const originals *x,
                                 const unsigned char *drawn)
{
    int n = s.columns - 2, rows = s.n / s.columns;
    size_t values = net->truths;
    unsigned char *bytes = checked_calloc(s.n, values);
    for (int r = 0; r < rows; ++r)
        show_row(net, keep, x->levels + r / (rows / x->n) * values, drawn + (size_t)r * n * values, n,
                 bytes + (size_t)r * s.columns * values);
    return bytes;
}

/* Captions of the sheet's images (s.n), from those of the completions; the first images of a row have the
   caption that its completions share. NULL: none. Free them. */
static const char **lay_captions(const image_names *m, sheet s)
{
    int n = s.columns - 2;
    if (!m->captions) return 0;
    const char **captions = checked_calloc(s.n, sizeof *captions);
    for (int r = 0; r < s.n / s.columns; ++r) {
        const char **row = captions + (size_t)r * s.columns, *const *drawn = m->captions + (size_t)r * n;
        int alike = 1;
        memcpy(row + 2, drawn, n * sizeof *row);
        for (int i = 1; i < n; ++i) alike &= drawn[i] == drawn[0];
        row[0] = row[1] = alike ? drawn[0] : 0;
    }
    return captions;
}

static const char *label_in_words(const complete_options *o, const network *net, const originals *x)
{
    if (o->draw.label) return o->draw.label;
    return x->labels ? "the image's" : label_of(net) ? "each in turn" : "none";
}

/* On rank 0. drawn: all completions, or NULL. */
static void write_completions(const drawing_outputs *outputs, const draw_request *t, sheet s, const originals *from,
                              const unsigned char *drawn, generation *g)
{
    shown_images x = {.whole = s};
    unsigned char *shown = 0, *given = 0;
    if (drawn) {
        x.shown = shown = lay_images(t->net, s, t->keep, from, drawn);
        x.given = given = always_shown(t->net, s, t->keep);
    }
    finish_drawings(outputs, x, g);
    free(shown);
    free(given);
}

/* The completions of x, laid out as in s. */
static void draw_completions(const draw_request *t, sheet s, const originals *x, drawing_outputs *outputs,
                             generation *g)
{
    check_drawings(outputs, s); // before captions, of which there are as many
    image_names names = name_drawn_images(outputs, t);
    const char **captions = lay_captions(&names, s);
    s.captions = captions;
    check_drawings(outputs, s);
    unsigned char *drawn = draw_into(outputs, t, s, g);
    write_completions(outputs, t, s, x, drawn, g);
    free(drawn);
    free(captions);
    free_image_names(&names);
}

static void complete(const complete_options *o, network *net, const char *weights, const char *path,
                     drawing_outputs *outputs)
{
    char description[4200];
    need_label("complete", &o->draw, net);
    unsigned char *keep = choose_given(o, net, description, sizeof description);
    originals x = read_originals(o, path, net);
    int each = rows_each(o, net);
    sheet s = lay_out(o, net, (long long)x.n * each, needs_all_images(outputs));
    completion c = choose_labels(o, net, &x, each);
    draw_request t = {.net = net,
                      .sampler = sample_cached,
                      .o = &o->draw,
                      .n = s.n / s.columns * o->draw.n,
                      .keep = keep,
                      .label = label_of(net) ? label_of_image : 0,
                      .start = start_of_image,
                      .from = &c};
    generation g = {.command = "complete",
                    .weights = weights,
                    .label = label_in_words(o, net, &x),
                    .given = description,
                    .with = o->draw};
    draw_completions(&t, s, &x, outputs, &g);
    free(g.names);
    free(c.labels.rows);
    free(x.levels);
    free(x.labels);
    free(keep);
}

static complete_options asked = {.draw = {.captions = "auto", .n = 8, .temperature = 1}, .rows = HALF, .images = 1};
static const option options[] = {
    {"-rows N", OPTION_INT, &asked.rows, HALF, 65536, "keep the top N rows; -1: half of them"},
    {"-mask FILE", OPTION_TEXT, &asked.mask, 0, 0,
     "a PNG of the net's size: keep white pixels, or with an alpha channel opaque ones; pixels kept after a hole "
     "do not inform it"},
    {"-image N", OPTION_INT, &asked.image, 0, INT_MAX, "complete test image N of DATA, or image N of a folder"},
    {"-images N", OPTION_INT, &asked.images, 1, 1e6, "complete N images, from -image on, a row each"},
    {"-n N", OPTION_INT, &asked.draw.n, 1, 1e6,
     "draw N completions of each image; a row of the sheet: original, given part, completions"},
    {"-label LABEL", OPTION_TEXT, &asked.draw.label, 0, 0,
     "as in sample; all: a row per class; default: the test image's label, for IMAGES each class in turn"},
    {"-temp X", OPTION_FLOAT, &asked.draw.temperature, 0, 100,
     "temperature: below 1 for likelier images; 0: always the likeliest value"},
    {"-guidance X", OPTION_FLOAT, &asked.draw.guidance, -1, 100, "as in sample"},
    {"-seed N", OPTION_INT, &asked.draw.seed, 0, INT_MAX, "random seed; the same seed draws the same completions"},
    DRAWING_OPTIONS(asked.draw, "completed.png"),
    CAPTIONS_OPTION(&asked.draw.captions),
    {"-gif FILE", OPTION_TEXT, &asked.draw.gif, 0, 0,
     "also write an animated GIF of the completions being drawn, a frame per row"},
    BACKGROUND_OPTION(&asked.background),
    {"-json", OPTION_FLAG, &asked.draw.json, 0, 0, "print the result as JSON"},
};

static void run_complete(const char **a)
{
    drawing_outputs *outputs = choose_drawings(
        "complete", &asked.draw, "completed.png",
        (named_path[]){{"CFG", a[0]}, {"WEIGHTS", a[1]}, {a[2], a[2]}, {"the mask", asked.mask}, {0}});
    set_picture_background(asked.background);
    network *net = open_net(a[0], a[1], (net_overrides){.batch = 1, .drawing = 1});
    agree_on_work((named_path[]){{"cfg", a[0]}, {"weights", a[1]}, {"picture", a[2]}, {"mask", asked.mask}, {0}}, 0, 0);
    complete(&asked, net, a[1], a[2], outputs);
    free_network(net);
    free_drawings(outputs);
}

const command_form complete_form = {.name = "complete",
                                    .arguments = "CFG WEIGHTS DATA|IMAGES",
                                    .summary = "draw the missing part of a test image of DATA, or of one of IMAGES",
                                    .least = 3,
                                    .most = 3,
                                    WITH(options),
                                    .run = run_complete,
                                    .shared = 1,
                                    .example = "gated_pixelcnn data/mnist -rows 14 -n 4"};
