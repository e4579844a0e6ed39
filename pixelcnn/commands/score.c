/*
score.c - the command `pixelcnn score`: how likely each image is.
*/
#include <limits.h>
#include <math.h>
#include "base/csv.h"
#include "base/errors.h"
#include "base/memory.h"
#include "base/printable.h"
#include "layers/label_embed_layer.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/outputs.h"
#include "pixelcnn/commands/results.h"
#include "pixelcnn/commands/standard_streams.h"
#include "pixelcnn/data/binarise.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/data/evaluate.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/pictures/picture.h"
#include "pixelcnn/pictures/sheet.h"

enum { MOST_COLUMNS = 16 };

typedef struct {
    const char *csv, *sheet, *label, *background;
    int limit, batch, n, scale, json;
} score_options;

/* ---- labels ---- */

/* p(x), whatever the label. */
static int is_marginal(const score_options *o) { return !strcmp(o->label, "all"); }

/* Without -label. Pictures that are not a data set have no labels. */
static const char *usual_label(const label_embed *e, int loose, const char *data)
{
    if (!e) return "none";
    if (!loose) return "given";
    if (e->attributes)
        die("pixelcnn score: %s: images without labels, and this net has attributes=1 in [label_embed]: give -label "
            "%d number%s%s",
            data, e->classes, e->classes == 1 ? "" : "s, such as 0.5,-2,1", e->dropout > 0 ? ", or none" : "");
    fprintf(
        stderr,
        "pixelcnn score: %s: no labels: p(x) is the mean of p(x | k) over %d equally likely classes, which takes %d "
        "times as long; -label K evaluates under class K only\n",
        printable_on(stderr, data), e->classes, e->classes);
    return "all";
}

/* Sets the labels of the images, and o->label if missing. */
static void choose_labels(score_options *o, const network *net, int loose, dataset *d, const char *data)
{
    const label_embed *e = label_of(net);
    if (o->label && !e) die("pixelcnn score: -label %s: this net has no [label_embed]; omit -label", o->label);
    if (!o->label) o->label = usual_label(e, loose, data);
    if (!e) return;
    if (!strcmp(o->label, "given")) {
        if (loose) die("pixelcnn score: -label given: %s: images that are not a data set have no labels", data);
        return;
    }
    free(d->labels);
    d->labels = labels_of_images(o->label, d->n, 1, e);
}

/* A class, "all" for the mean over the classes, "none" for zeros and for a net without label, "vector", or "mixed". */
static void name_label(const score_options *o, const label_embed *e, const dataset *d, int i, char *name, size_t size)
{
    const float *label = d->labels ? d->labels + (size_t)i * d->classes : 0;
    int set = 0, class = 0;
    if (is_marginal(o) || (e && e->attributes)) {
        snprintf(name, size, "%s", is_marginal(o) ? "all" : !strcmp(o->label, "none") ? "none" : "vector");
        return;
    }
    for (int k = 0; label && k < d->classes; ++k)
        if (label[k] != 0) ++set, class = k;
    if (set == 1 && label[class] == 1)
        snprintf(name, size, "%d", class);
    else
        snprintf(name, size, "%s", set ? "mixed" : "none");
}

/* ---- CSV ---- */

static void write_rows(const score_options *o, const network *net, const dataset *d, const double *nll, int n)
{
    csv c;
    char name[32];
    begin_csv(&c);
    fprintf(c.rows, "index,label,nats,bits_per_dim%s\n", d->names ? ",file" : "");
    for (int i = 0; i < n; ++i) {
        name_label(o, label_of(net), d, i, name, sizeof name);
        fprintf(c.rows, "%d,%s,%.6f,%.9f%s", i, name, nll[i], nll[i] / net->truths / log(2), d->names ? "," : "");
        if (d->names) csv_print_path(&c, d->names[i]);
        fputc('\n', c.rows);
    }
    finish_csv(&c, o->csv);
}

static void print_summary(const score_options *o, likelihood l)
{
    printf("%s: label %s  ", printable_on(stdout, o->csv), o->label);
    print_nats(l.nats, l.dims);
    printf("  images %d\n", l.images);
}

/* ---- JSON ---- */

static void print_image(json_writer *j, const char *key, const dataset *d, int i, double bits_per_dim)
{
    json_begin(j, key, '{');
    json_number(j, "index", "%d", i);
    json_number(j, "bits_per_dim", "%.9f", bits_per_dim);
    if (d->names) json_text(j, "file", d->names[i]);
    json_end(j, '}');
}

static void print_json(const score_options *o, const dataset *d, const double *nll, likelihood l)
{
    int most = 0, least = 0;
    for (int i = 1; i < l.images; ++i) {
        if (nll[i] < nll[most]) most = i;
        if (nll[i] >= nll[least]) least = i;
    }
    json_writer j = {.to = stdout};
    json_begin(&j, 0, '{');
    json_text(&j, "label", o->label);
    json_nats(&j, l.nats, l.dims);
    json_number(&j, "images", "%d", l.images);
    print_image(&j, "most_likely", d, most, nll[most] / l.dims / log(2));
    print_image(&j, "least_likely", d, least, nll[least] / l.dims / log(2));
    json_end(&j, '}');
}

/* ---- sheet ---- */

typedef struct {
    double nll;
    int image;
} ranked;

static int by_likelihood(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->nll != y->nll) return x->nll < y->nll ? -1 : 1;
    return x->image - y->image;
}

/* The most likely images, then as many least likely ones; each half starts a row. */
static sheet lay_out(const score_options *o, const network *net, int shown)
{
    int columns = shown < MOST_COLUMNS ? shown : MOST_COLUMNS, rows = (shown + columns - 1) / columns;
    sheet s = sheet_of_net(net, 2 * rows * columns, columns, o->scale);
    if ((double)s.n * net->truths > INT_MAX) die("pixelcnn score: -n %d: too many images for one sheet", o->n);
    check_sheet(o->sheet, s);
    return s;
}

static void paint_image(const network *net, const dataset *d, int image, unsigned char *to)
{
    int levels = loss_of(net)->levels;
    const unsigned char *x = d->pixels + (size_t)image * net->truths;
    for (int i = 0; i < net->truths; ++i) to[i] = byte_of_level(level_of_byte(x[i], levels), levels);
}

/* The k-th most and least likely at place k of the halves. */
static void write_extremes(const score_options *o, const network *net, const dataset *d, const double *nll, int n)
{
    int shown = o->n < n ? o->n : n;
    sheet s = lay_out(o, net, shown);
    size_t values = net->truths;
    ranked *order = checked_calloc(n, sizeof *order);
    unsigned char *bytes = checked_calloc(s.n, values);
    for (int i = 0; i < n; ++i) order[i] = (ranked){nll[i], i};
    qsort(order, n, sizeof *order, by_likelihood);
    memset(bytes, SHEET_PAPER, s.n * values);
    for (int k = 0; k < shown; ++k) {
        paint_image(net, d, order[k].image, bytes + k * values);
        paint_image(net, d, order[n - 1 - k].image, bytes + (s.n / 2 + k) * values);
    }
    write_byte_sheet(o->sheet, s, bytes);
    free(order);
    free(bytes);
}

/* ---- command ---- */

static void score(score_options *o, network *net, const char *data)
{
    int loose = is_loose_pictures(data);
    dataset d = loose ? load_loose_pictures(data, net) : load_dataset(data, SPLIT_TEST, net);
    binarise_evaluated(&d, net, 0, d.n, 0);
    choose_labels(o, net, loose, &d, data);
    int n = o->limit && o->limit < d.n ? o->limit : d.n;
    if (o->sheet) lay_out(o, net, o->n < n ? o->n : n);
    double *nll = checked_calloc(n, sizeof(double));
    likelihood l = is_marginal(o) ? evaluate_unlabelled(net, &d, n, nll) : evaluate_likelihood(net, &d, 0, n, nll);
    if (o->sheet) write_extremes(o, net, &d, nll, n);
    if (o->csv || !o->json) write_rows(o, net, &d, nll, n);
    if (o->json)
        print_json(o, &d, nll, l);
    else if (o->csv)
        print_summary(o, l);
    free(nll);
    free_dataset(&d);
}

static score_options asked = {.batch = 50, .n = 32, .scale = 1};
static const option options[] = {
    {"-csv FILE", OPTION_TEXT, &asked.csv, 0, 0, "write the CSV to FILE; default: standard output"},
    {"-sheet FILE", OPTION_TEXT, &asked.sheet, 0, 0,
     "write a PNG of the most likely images, and below them the least likely"},
    {"-n N", OPTION_INT, &asked.n, 1, 1e6, "number of images of each kind in the sheet"},
    {"-scale N", OPTION_INT, &asked.scale, 1, 64, "enlarge each pixel to N x N"},
    {"-label LABEL", OPTION_TEXT, &asked.label, 0, 0,
     "given: the data set's labels; all: p(x), the mean over the classes; or as in sample; "
     "default: given, for IMAGES all"},
    {"-limit N", OPTION_INT, &asked.limit, 0, INT_MAX, "use the first N images only; 0: all"},
    {"-batch N", OPTION_INT, &asked.batch, 1, 65536, "images per pass; does not change the result"},
    BACKGROUND_OPTION(&asked.background),
    {"-json", OPTION_FLAG, &asked.json, 0, 0,
     "print the mean and the most and least likely image as JSON instead of the CSV"}};

static void run_score(const char **a)
{
    need_stdout("score", !asked.csv || asked.json);
    check_outputs("score", (named_path[]){{"-csv", asked.csv}, {"-sheet", asked.sheet}, {0}},
                  (named_path[]){{"CFG", a[0]}, {"WEIGHTS", a[1]}, {a[2], a[2]}, {0}});
    set_picture_background(asked.background);
    network *net = parse_pixelcnn_cfg(a[0], (net_overrides){.batch = asked.batch});
    load_weights(net, (char *)a[1]);
    score(&asked, net, a[2]);
    free_network(net);
}

const command_form score_form = {"score",
                                 "CFG WEIGHTS DATA|IMAGES",
                                 "print the likelihood of each test image of DATA, or of each of IMAGES, as CSV",
                                 3,
                                 3,
                                 WITH(options),
                                 run_score,
                                 "gated_pixelcnn data/mnist -limit 10"};
