/*
classify.c - the command `pixelcnn classify`: a net that draws by label also reads labels, by Bayes' rule.

p(k | x) = p(x | k) / sum over j of p(x | j): every class is as likely as any other before the image is seen.
*/
#include <limits.h>
#include <math.h>
#include "build_net.h"
#include "commands.h"
#include "csv.h"
#include "dataset.h"
#include "errors.h"
#include "gated.h"
#include "label_embed_layer.h"
#include "pixel_softmax_layer.h"

const command_form classify_form = {"classify", "CFG WEIGHTS DATA",
                                    "reads the labels of the test set of DATA by Bayes' rule: accuracy, confusion", 3,
                                    3};

enum { MOST_SHOWN = 100 }; // classes of which a confusion table is shown

typedef struct {
    int images, classes;
    int right;
    int *table;  // (classes,classes): images of class row that were read as class column; NULL: too many classes
    double bits; // mean over the images of -log2 p(label | image)
    double nats; // mean over the images of -log p(image), label unknown
    int dims;    // values an image
    double seconds;
} reading;

/* Class of image i; exits 1 where its label is none. */
static int class_of(const dataset *d, int i, const char *data)
{
    const float *label = d->labels + (size_t)i * d->classes;
    int class = -1;
    for (int k = 0; k < d->classes; ++k) {
        if (label[k] == 0) continue;
        if (label[k] != 1 || class >= 0) die("%s: classify: the label of test image %d is not one class", data, i);
        class = k;
    }
    if (class < 0) die("%s: classify: the label of test image %d is not one class", data, i);
    return class;
}

/* Row b of the batch: image and class of a pair; the classes of an image follow each other. */
static void fill_pair(network *net, const dataset *d, long long pair, int b)
{
    float *input = net->input + (size_t)b * net->inputs;
    fill_row(d, net, pair / d->classes, input, net->truth + (size_t)b * net->truths);
    one_hot(input + net->truths, d->classes, pair % d->classes);
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
    }
    set_batch_network(net, batch);
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

static void count_image(reading *r, const double *nll, int class)
{
    int read = least(nll, r->classes);
    double evidence = log_evidence(nll, r->classes);
    r->right += read == class;
    if (r->table) ++r->table[class * r->classes + read];
    r->bits += (nll[class] + evidence) / log(2) / r->images;
    r->nats += (log(r->classes) - evidence) / r->images;
}

/* A row for each image: -log2 p(label | image), and its nats under each class. */
static void write_rows(const char *file, const dataset *d, int n, const double *nll, const char *data)
{
    csv c;
    begin_csv(&c);
    fprintf(c.rows, "index,label,read,bits_per_label");
    for (int k = 0; k < d->classes; ++k) fprintf(c.rows, ",nats_%d", k);
    fprintf(c.rows, "%s\n", d->names ? ",file" : "");
    for (int i = 0; i < n; ++i, nll += d->classes) {
        int class = class_of(d, i, data);
        double bits = (nll[class] + log_evidence(nll, d->classes)) / log(2);
        fprintf(c.rows, "%d,%d,%d,%.6f", i, class, least(nll, d->classes), bits);
        for (int k = 0; k < d->classes; ++k) fprintf(c.rows, ",%.6f", nll[k]);
        if (d->names) fputc(',', c.rows), print_field(&c, d->names[i]);
        fputc('\n', c.rows);
    }
    end_csv(&c);
    write_csv(&c, file);
    free_csv(&c);
}

/* Also writes `rows`, a CSV, where that is not NULL. */
static reading read_labels(network *net, const dataset *d, int n, const char *data, const char *rows)
{
    reading r = {.images = n, .classes = d->classes, .dims = net->truths};
    if (r.classes <= MOST_SHOWN) r.table = checked_calloc(r.classes * r.classes, sizeof(int));
    for (int i = 0; i < n; ++i) class_of(d, i, data);
    double *nll = checked_calloc((size_t)n * r.classes, sizeof(double)), start = what_time_is_it_now();
    nll_of_pairs(net, d, n, nll);
    r.seconds = what_time_is_it_now() - start;
    for (int i = 0; i < n; ++i) count_image(&r, nll + (size_t)i * r.classes, class_of(d, i, data));
    if (rows) write_rows(rows, d, n, nll, data);
    free(nll);
    return r;
}

static double accuracy(const reading *r) { return (double)r->right / r->images; }

static double accuracy_error(const reading *r) { return sqrt(accuracy(r) * (1 - accuracy(r)) / r->images); }

static void print_text(const reading *r)
{
    if (r->table) {
        printf("images of each label (rows), read as (columns):\n     ");
        for (int k = 0; k < r->classes; ++k) printf(" %5d", k);
        for (int row = 0; row < r->classes; ++row) {
            printf("\n%5d", row);
            for (int k = 0; k < r->classes; ++k) printf(" %5d", r->table[row * r->classes + k]);
        }
        printf("\n");
    }
    printf("label unknown: nats/dim %.6f  bits/dim %.6f  nats/image %.4f\n", r->nats / r->dims,
           r->nats / r->dims / log(2), r->nats);
    printf("bits/label %.6f  seconds %.2f\n", r->bits, r->seconds);
    printf("accuracy %.6f  standard error %.6f  right %d  images %d\n", accuracy(r), accuracy_error(r), r->right,
           r->images);
}

static void print_json(const reading *r)
{
    printf("{\"accuracy\": %.6f, \"standard_error\": %.6f, \"right\": %d, \"images\": %d, \"classes\": %d, "
           "\"bits_per_label\": %.9f, \"label_unknown\": {\"nats_per_dim\": %.9f, \"bits_per_dim\": %.9f, "
           "\"nats_per_image\": %.6f}, \"seconds\": %.3f",
           accuracy(r), accuracy_error(r), r->right, r->images, r->classes, r->bits, r->nats / r->dims,
           r->nats / r->dims / log(2), r->nats, r->seconds);
    if (r->table) printf(", \"confusion\": [");
    for (int i = 0; r->table && i < r->classes * r->classes; ++i)
        printf("%s%d%s",
               i % r->classes ? ", "
               : i            ? ", ["
                              : "[",
               r->table[i], i % r->classes == r->classes - 1 ? "]" : "");
    printf("%s}\n", r->table ? "]" : "");
}

void run_classify(int argc, char **argv)
{
    int limit = 0, json = 0, batch = 50;
    const char *rows = 0;
    const option o[] = {
        {"-csv", OPTION_TEXT, &rows, 0, 0, "a CSV: of each image label, label read, nats under each class"},
        {"-limit", OPTION_INT, &limit, 0, INT_MAX, "only the first N images; 0: all"},
        {"-batch", OPTION_INT, &batch, 1, 65536, "pairs of image and label a pass; does not change the result"},
        {"-json", OPTION_FLAG, &json, 0, 0, "figures as one JSON object"}};
    const char **a = read_options(&classify_form, o, sizeof o / sizeof *o, argc, argv);
    network *net = parse_pixelcnn_cfg(a[0], (net_wish){.batch = batch});
    if (!label_of(*net)) die("%s: has no [label_embed]: such a net cannot classify", a[0]);
    load_weights(net, (char *)a[1]);
    dataset d = load_dataset(a[2], SPLIT_TEST, net);
    reading r = read_labels(net, &d, limit && limit < d.n ? limit : d.n, a[2], rows);
    if (json)
        print_json(&r);
    else
        print_text(&r);
    free(r.table);
    free_dataset(&d);
    free_network(net);
    free(a);
}
