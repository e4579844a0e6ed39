/*
classify.c - the command `pixelcnn classify`: a net that draws by label also classifies, by Bayes' rule.

p(k | x) = p(x | k) / sum over j of p(x | j): all classes are equally likely before the image is seen. An ensemble is a logarithmic
opinion pool (Genest and Zidek 1986), p(k | x) in proportion to the geometric mean of the nets' p(x | k): nats are averaged.
*/
#include <limits.h>
#include <math.h>
#include "base/csv.h"
#include "base/errors.h"
#include "base/memory.h"
#include "layers/label_embed_layer.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/outputs.h"
#include "pixelcnn/commands/results.h"
#include "pixelcnn/commands/standard_streams.h"
#include "pixelcnn/data/binarise.h"
#include "pixelcnn/data/dataset.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/nonfinite.h"
#include "pixelcnn/pictures/picture.h"

enum {
    MOST_NETS = 16,
    MOST_SHOWN = 100 // classes of a confusion table
};

typedef struct {
    int images, classes;
    int right;
    int *table; // (classes,classes): images of class row, classified as column; NULL: too many classes
    int nets;
    double bits; // mean over the images of -log2 p(label | image)
    double nats; // mean over the images of -log p(image), label unknown; of one net only
    int dims;    // values an image
    double seconds;
} reading;

/* Data sets for nets of classes give each image one. */
static int class_of(const dataset *d, int i)
{
    const float *label = d->labels + (size_t)i * d->classes;
    int class = 0;
    while (class < d->classes - 1 && label[class] != 1) ++class;
    return class;
}

/* Row b of the batch: image and class of a pair; the classes of an image follow each other. */
static void fill_pair(network *net, const dataset *d, long long pair, int b)
{
    float *input = net->input + (size_t)b * net->inputs;
    fill_row(d, net, pair / d->classes, input, net->truth + (size_t)b * net->truths);
    one_hot_label(input + net->truths, d->classes, pair % d->classes);
}

static void check_pair(network *net, const dataset *d, long long pair, int b)
{
    char what[64];
    if (isfinite(loss_of(net)->nll[b])) return;
    snprintf(what, sizeof what, "image %lld as class %lld", pair / d->classes, pair % d->classes);
    die_nonfinite_pass(net, b, what);
}

/* nll (n,classes), OVERWRITTEN: nats of each image under each class. As many pairs a pass as the net's batch. */
static void nll_of_pairs(network *net, const dataset *d, int n, double *nll)
{
    long long pairs = (long long)n * d->classes;
    int batch = net->batch;
    net->train = 0;
    for (long long i = 0; i < pairs; i += batch) {
        set_batch_network(net, pairs - i < batch ? pairs - i : batch);
        for (int b = 0; b < net->batch; ++b) fill_pair(net, d, i + b, b);
        forward_network(net);
        memcpy(nll + i, loss_of(net)->nll, net->batch * sizeof(double));
        for (int b = 0; b < net->batch; ++b) check_pair(net, d, i + b, b);
    }
    set_batch_network(net, batch);
}

/* Mean over the nets of the nats of each image under each class, (n,classes). Free it. */
static double *mean_nll(network *const *nets, int n_nets, const dataset *d, int n)
{
    size_t pairs = (size_t)n * d->classes;
    double *mean = checked_calloc(pairs, sizeof(double)), *nll = checked_calloc(pairs, sizeof(double));
    for (int m = 0; m < n_nets; ++m) {
        nll_of_pairs(nets[m], d, n, nll);
        for (size_t i = 0; i < pairs; ++i) mean[i] += nll[i] / n_nets;
    }
    free(nll);
    return mean;
}

static int least(const double *x, int n)
{
    int best = 0;
    for (int k = 1; k < n; ++k)
        if (x[k] < x[best]) best = k;
    return best;
}

/* log of the sum of exp(-nll) over the classes. */
static double log_evidence(const double *nll, int classes)
{
    double top = nll[least(nll, classes)], sum = 0;
    for (int k = 0; k < classes; ++k) sum += exp(top - nll[k]);
    return log(sum) - top;
}

/* -log2 p(class | image). */
static double bits_of(const double *nll, int classes, int class)
{
    return (nll[class] + log_evidence(nll, classes)) / log(2);
}

static void count_image(reading *r, const double *nll, int class)
{
    int read = least(nll, r->classes);
    r->right += read == class;
    if (r->table) ++r->table[class * r->classes + read];
    r->bits += bits_of(nll, r->classes, class) / r->images;
    r->nats += (log(r->classes) - log_evidence(nll, r->classes)) / r->images;
}

/* A row per image: -log2 p(label | image), and nats under each class. */
static void write_rows(const char *file, const dataset *d, int n, const double *nll)
{
    csv c;
    begin_csv(&c);
    fprintf(c.rows, "index,label,read,bits_per_label");
    for (int k = 0; k < d->classes; ++k) fprintf(c.rows, ",nats_%d", k);
    fprintf(c.rows, "%s\n", d->names ? ",file" : "");
    for (int i = 0; i < n; ++i, nll += d->classes) {
        int class = class_of(d, i);
        fprintf(c.rows, "%d,%d,%d,%.6f", i, class, least(nll, d->classes), bits_of(nll, d->classes, class));
        for (int k = 0; k < d->classes; ++k) fprintf(c.rows, ",%.6f", nll[k]);
        if (d->names) fputc(',', c.rows), csv_print_path(&c, d->names[i]);
        fputc('\n', c.rows);
    }
    finish_csv(&c, file);
}

/* rows: a CSV to write; NULL: none. */
static reading read_labels(network *const *nets, int n_nets, const dataset *d, int n, const char *rows)
{
    reading r = {.images = n, .classes = d->classes, .dims = nets[0]->truths, .nets = n_nets};
    if (r.classes <= MOST_SHOWN) r.table = checked_calloc(r.classes * r.classes, sizeof(int));
    double start = what_time_is_it_now(), *nll = mean_nll(nets, n_nets, d, n);
    r.seconds = what_time_is_it_now() - start;
    for (int i = 0; i < n; ++i) count_image(&r, nll + (size_t)i * r.classes, class_of(d, i));
    if (rows) write_rows(rows, d, n, nll);
    free(nll);
    return r;
}

static double accuracy(const reading *r) { return (double)r->right / r->images; }

static double accuracy_error(const reading *r) { return sqrt(accuracy(r) * (1 - accuracy(r)) / r->images); }

static void print_text(const reading *r)
{
    if (r->table) {
        printf("images of each label (rows), classified as (columns):\n     ");
        for (int k = 0; k < r->classes; ++k) printf(" %5d", k);
        for (int row = 0; row < r->classes; ++row) {
            printf("\n%5d", row);
            for (int k = 0; k < r->classes; ++k) printf(" %5d", r->table[row * r->classes + k]);
        }
        printf("\n");
    }
    if (r->nets == 1) {
        printf("label unknown: ");
        print_nats(r->nats, r->dims);
        printf("\n");
    }
    printf("bits/label %.6f  seconds %.2f\n", r->bits, r->seconds);
    printf("accuracy %.6f  standard error %.6f  right %d  images %d\n", accuracy(r), accuracy_error(r), r->right,
           r->images);
}

static void print_json(const reading *r)
{
    json_writer j = {.to = stdout};
    json_begin(&j, 0, '{');
    json_number(&j, "accuracy", "%.6f", accuracy(r));
    json_number(&j, "standard_error", "%.6f", accuracy_error(r));
    json_number(&j, "right", "%d", r->right);
    json_number(&j, "images", "%d", r->images);
    json_number(&j, "classes", "%d", r->classes);
    json_number(&j, "nets", "%d", r->nets);
    json_number(&j, "bits_per_label", "%.9f", r->bits);
    json_number(&j, "seconds", "%.3f", r->seconds);
    if (r->nets == 1) {
        json_begin(&j, "label_unknown", '{');
        json_nats(&j, r->nats, r->dims);
        json_end(&j, '}');
    }
    if (r->table) json_begin(&j, "confusion", '[');
    for (int row = 0; r->table && row < r->classes; ++row) {
        json_begin(&j, 0, '[');
        for (int k = 0; k < r->classes; ++k) json_number(&j, 0, "%d", r->table[row * r->classes + k]);
        json_end(&j, ']');
    }
    if (r->table) json_end(&j, ']');
    json_end(&j, '}');
}

static network *parse_net(const char *cfg, int batch)
{
    network *net = parse_pixelcnn_cfg(cfg, (net_overrides){.batch = batch});
    if (!label_of(net)) die("%s: has no [label_embed], so it cannot classify", cfg);
    if (label_of(net)->attributes)
        die("%s: has attributes=1 in [label_embed], not classes, so it cannot classify", cfg);
    return net;
}

static int classes_of(const network *net) { return net->inputs - net->truths; }

/* Exits 1 if the nets do not take the same images and classes. */
static void check_alike(const network *a, const char *cfg_a, const network *b, const char *cfg_b)
{
    if (a->w == b->w && a->h == b->h && a->c == b->c && classes_of(a) == classes_of(b)) return;
    die("pixelcnn classify: %s: %d x %d x %d, classes=%d; expected the same as %s: %d x %d x %d, classes=%d", cfg_b,
        b->w, b->h, b->c, classes_of(b), cfg_a, a->w, a->h, a->c, classes_of(a));
}

/* From the arguments CFG WEIGHTS DATA [CFG WEIGHTS]...; returns how many. */
static int open_nets(const char **a, int batch, network *nets[MOST_NETS])
{
    int n = 1;
    nets[0] = parse_net(a[0], batch);
    for (const char **next = a + 3; *next; next += 2, ++n) {
        if (!next[1]) die("pixelcnn classify: %s: a further net needs its WEIGHTS after its CFG", *next);
        nets[n] = parse_net(next[0], batch);
        check_alike(nets[0], a[0], nets[n], next[0]);
    }
    for (int i = 0; i < n; ++i) load_weights(nets[i], (char *)a[i ? 2 + 2 * i : 1]);
    return n;
}

static void check_rows(const char *rows, const char *const *a)
{
    named_path inputs[2 + 2 * MOST_NETS] = {{"CFG", a[0]}, {"WEIGHTS", a[1]}, {a[2], a[2]}};
    for (int i = 3; a[i]; ++i) inputs[i] = (named_path){a[i], a[i]};
    check_outputs("classify", (named_path[]){{"-csv", rows}, {0}}, inputs);
}

static int limit, json, batch = 50;
static const char *rows, *background;
static const option options[] = {
    {"-csv FILE", OPTION_TEXT, &rows, 0, 0,
     "write each image's label, predicted label and nats under each class to FILE"},
    {"-limit N", OPTION_INT, &limit, 0, INT_MAX, "use the first N images only; 0: all"},
    {"-batch N", OPTION_INT, &batch, 1, 65536, "pairs of image and label per pass; does not change the result"},
    BACKGROUND_OPTION(&background),
    {"-json", OPTION_FLAG, &json, 0, 0, "print the result as JSON"}};

static void run_classify(const char **a)
{
    need_stdout("classify", !rows || json);
    check_rows(rows, a);
    set_picture_background(background);
    network *nets[MOST_NETS];
    int n_nets = open_nets(a, batch, nets);
    dataset d = load_dataset(a[2], SPLIT_TEST, nets[0]);
    binarise_evaluated(&d, nets[0], 0, d.n, 0);
    reading r = read_labels(nets, n_nets, &d, limit && limit < d.n ? limit : d.n, rows);
    if (json)
        print_json(&r);
    else
        print_text(&r);
    free(r.table);
    free_dataset(&d);
    for (int i = 0; i < n_nets; ++i) free_network(nets[i]);
}

const command_form classify_form = {"classify",
                                    "CFG WEIGHTS DATA [NETS]",
                                    "classify the test set of DATA by Bayes' rule: accuracy, confusion table",
                                    3,
                                    1 + 2 * MOST_NETS,
                                    WITH(options),
                                    run_classify,
                                    "mnist_classify data/mnist -limit 100"};
