#include <limits.h>
#include <math.h>
#include "base/errors.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/ranks.h"
#include "layers/label_embed_layer.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/commands/agreement.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/image_arguments.h"
#include "pixelcnn/commands/results.h"
#include "pixelcnn/commands/score.h"
#include "pixelcnn/commands/standard_streams.h"
#include "pixelcnn/data/binarise.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/data/png_bits.h"
#include "pixelcnn/data/shares.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/pictures/picture.h"
#include "pixelcnn/watch/task.h"

/* ---- labels ---- */

int is_marginal(const score_options *o) { return !strcmp(o->label, "all"); }

/* The label if -label is not given. Pictures outside a data set have none. */
static const char *usual_label(const score_options *o, const label_embed *e, int loose, const char *data)
{
    if (!e) return "none";
    if (!loose && (!o->against[0] || e->attributes)) return "given";
    if (e->attributes)
        die("pixelcnn score: %s: images without labels, and this net has attributes=1 in [label_embed]: give -label "
            "%d number%s%s",
            data, e->classes, e->classes == 1 ? "" : "s, such as 0.5,-2,1", e->dropout > 0 ? ", or none" : "");
    if (e->classes == 1) return "all";
    fprintf(stderr,
            "pixelcnn score: %s: %s: p(x) is the mean of p(x | k) over %d equally likely classes, which takes %d "
            "times as long; -label K evaluates under class K only\n",
            printable_on(stderr, data), loose ? "no labels" : "whatever the label", e->classes, e->classes);
    return "all";
}

/* Sets the labels of the images, and o->label if missing. */
static void choose_labels(score_options *o, const network *net, int loose, dataset *d, const char *data)
{
    const label_embed *e = label_of(net);
    if (o->label && !e) die("pixelcnn score: -label %s: this net has no [label_embed]; omit -label", o->label);
    if (!o->label) o->label = usual_label(o, e, loose, data);
    if (!e) return;
    if (!strcmp(o->label, "given")) {
        if (loose) die("pixelcnn score: -label given: %s: images that are not a data set have no labels", data);
        return;
    }
    label_series s = read_label_series(o->label, 1, e);
    free(d->labels);
    d->labels = s.rows;
    d->label_rows = s.n;
}

/* ---- figures ---- */

enum { COMPRESSED = 64 }; // images that a rank compresses at a time

double ratio_nats(const image_scores *s, int i) { return s->nll[i] - s->against[i]; }

double excess_bits(const image_scores *s, int i) { return s->nll[i] / log(2) - s->png_bits[i]; }

double rank_of(const image_scores *s, int i) { return s->against ? ratio_nats(s, i) : s->nll[i]; }

/* Exits 1 if a likelihood under one net cannot be compared with one under the other. */
static void check_alike(const score_options *o, const network *a, const network *b)
{
    const label_embed *e = label_of(b);
    int levels_a = loss_of(a)->levels, levels_b = loss_of(b)->levels;
    if (e && e->attributes)
        die("pixelcnn score: -against %s: has attributes=1 in [label_embed], and the images have no label for it",
            o->against[0]);
    if (a->w == b->w && a->h == b->h && a->c == b->c && levels_a == levels_b) return;
    die("pixelcnn score: -against %s: %d x %d x %d with levels=%d; expected the size and levels of CFG, %d x %d x %d "
        "with levels=%d, or the two likelihoods would not be of the same images",
        o->against[0], b->w, b->h, b->c, levels_b, a->w, a->h, a->c, levels_a);
}

/* Passes of each image through both nets: p(x) needs one for each class. */
static int passes_of(const score_options *o, const network *net, const network *other)
{
    const label_embed *second = other ? label_of(other) : 0;
    return (is_marginal(o) ? label_of(net)->classes : 1) + (!other ? 0 : second ? second->classes : 1);
}

/* Nats of the first n images under the second net, p(x) over its classes. Free them. */
static double *score_against(network *net, const dataset *d, int n)
{
    const label_embed *e = label_of(net);
    double *nll = checked_calloc(n, sizeof *nll);
    dataset own = with_label(d, 0);
    own.classes = e ? e->classes : 0;
    own.class_numbers = 0;
    own.class_file = 0;
    (e ? share_unlabelled : share_likelihood)(net, &own, n, nll);
    return nll;
}

static double compress_image(const void *scores, int i)
{
    const image_scores *s = scores;
    const network *net = s->net;
    unsigned char *levels = checked_malloc(net->truths);
    read_images(s->d, i, 1, levels);
    for (int k = 0; k < net->truths; ++k) levels[k] = level_of_byte(levels[k], loss_of(net)->levels);
    double bits = png_bits(levels, net->c, net->h, net->w);
    free(levels);
    return bits;
}

static image_scores find_scores(const score_options *o, network *net, network *other, const dataset *d, int n)
{
    image_scores s = {.net = net, .d = d, .n = n, .nll = checked_calloc(n, sizeof(double))};
    s.label = checked_calloc(d->classes, sizeof(float));
    begin_images("scoring", n, passes_of(o, net, other));
    (is_marginal(o) ? share_unlabelled : share_likelihood)(net, d, n, s.nll);
    if (other) s.against = score_against(other, d, n);
    end_task();
    if (!o->complexity) return s;
    s.png_bits = checked_calloc(n, sizeof *s.png_bits);
    share_figures(n, COMPRESSED, compress_image, &s, s.png_bits);
    return s;
}

/* ---- command ---- */

static void write_scores(const score_options *o, const image_scores *s)
{
    if (o->csv || !o->json) write_score_rows(o, s);
    if (o->json)
        print_score_json(o, s);
    else if (o->csv)
        print_score_summary(o, s);
}

static void score_all(score_options *o, network *net, network *other, const image_arguments *images,
                      const named_path *files)
{
    dataset d = load_images(images, net);
    binarise_evaluated(&d, net, 0, d.n, 0);
    agree_on_work(files, images->path[0], &d);
    choose_labels(o, net, images->loose, &d, images->path[0]);
    int n = o->limit && o->limit < d.n ? o->limit : d.n;
    need_nats(images->path[0], n, 1 + (other != 0) + is_marginal(o) + o->complexity);
    check_score_pictures(o, net, n);
    image_scores s = find_scores(o, net, other, &d, n);
    write_score_pictures(o, net, &s);
    if (is_first_rank()) write_scores(o, &s);
    free(s.label);
    free(s.nll);
    free(s.against);
    free(s.png_bits);
    free_dataset(&d);
}

static void check_files(const score_options *o, const char *const *a, const image_arguments *images)
{
    named_path nets[] = {{"CFG", a[0]}, {"WEIGHTS", a[1]}, {"-against", o->against[0]}, {"-against", o->against[1]}};
    named_path *inputs = name_inputs(images, nets, 4);
    check_outputs("score", (named_path[]){{"-csv", o->csv}, {"-sheet", o->sheet}, {"-heat", o->heat}, {0}}, inputs);
    free(inputs);
}

static score_options asked = {.batch = 50, .n = 32};
static const option options[] = {
    {"-csv FILE", OPTION_TEXT, &asked.csv, 0, 0, "write the CSV to FILE; default: standard output"},
    {"-sheet FILE", OPTION_TEXT, &asked.sheet, 0, 0,
     "write a PNG of the most likely images, and below them the least likely"},
    {"-heat FILE", OPTION_TEXT, &asked.heat, 0, 0,
     "write a PNG of the first images, each beside a map of its nats per pixel"},
    {"-n N", OPTION_INT, &asked.n, 1, 1e6, "number of images in -heat, and of the most and the least likely in -sheet"},
    {"-scale N", OPTION_INT, &asked.scale, 0, 64, "enlarge each pixel to N x N; 0: to about 500 pixels in all"},
    {"-label LABEL", OPTION_TEXT, &asked.label, 0, 0,
     "given: the data set's labels; all: p(x), the mean over the classes; or as in sample; "
     "default: given, for IMAGES and with -against all"},
    {"-against CFG WEIGHTS", OPTION_PAIR, asked.against, 0, 0,
     "is it unusual? also print what a second net finds, and the likelihood ratio"},
    {"-complexity", OPTION_FLAG, &asked.complexity, 0, 0,
     "is it unusual? also print the size as PNG in bits, and the bits beyond it"},
    {"-limit N", OPTION_INT, &asked.limit, 0, INT_MAX, "use the first N images only; 0: all"},
    {"-batch N", OPTION_INT, &asked.batch, 1, 65536, "images per pass; on a CPU any number gives the same result"},
    BACKGROUND_OPTION(&asked.background),
    {"-json", OPTION_FLAG, &asked.json, 0, 0,
     "print the mean and the most and least likely image as JSON instead of the CSV"}};

static void run_score(const char **a)
{
    image_arguments images = read_image_arguments(a + 2);
    need_no_more("score", &images);
    need_stdout("score", !asked.csv || asked.json);
    check_files(&asked, a, &images);
    set_picture_background(asked.background);
    network *net = open_net(a[0], a[1], (net_overrides){.batch = asked.batch}), *other = 0;
    if (asked.against[0]) {
        other = open_net(asked.against[0], asked.against[1], (net_overrides){.batch = asked.batch});
        check_alike(&asked, net, other);
    }
    const named_path files[] = {
        {"cfg", a[0]}, {"weights", a[1]}, {"second cfg", asked.against[0]}, {"second weights", asked.against[1]}, {0}};
    score_all(&asked, net, other, &images, files);
    free_network(net);
    if (other) free_network(other);
}

const command_form score_form = {
    .name = "score",
    .arguments = "CFG WEIGHTS DATA|IMAGES",
    .summary = "print the likelihood of each test image of DATA, or of each of IMAGES, as CSV",
    .least = 3,
    .most = MOST_IMAGE_ARGUMENTS,
    WITH(options),
    .run = run_score,
    .shared = 1,
    .example = "gated_pixelcnn data/mnist -limit 10"};
