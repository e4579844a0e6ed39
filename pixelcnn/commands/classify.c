#include <limits.h>
#include <math.h>
#include "base/csv.h"
#include "base/errors.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/ranks.h"
#include "layers/label_embed_layer.h"
#include "pixelcnn/commands/agreement.h"
#include "pixelcnn/commands/classify_pictures.h"
#include "pixelcnn/commands/commands.h"
#include "pixelcnn/commands/image_arguments.h"
#include "pixelcnn/commands/results.h"
#include "pixelcnn/commands/standard_streams.h"
#include "pixelcnn/data/binarise.h"
#include "pixelcnn/data/class_nll.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/class_names.h"
#include "pixelcnn/pictures/picture.h"
#include "pixelcnn/watch/task.h"

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
    double nats; // mean over the images of -log p(image), label unknown; for a single net only
    int dims;    // values an image
    double seconds;
    char *const *names; // (classes); NULL: unknown
} reading;

/* -log2 p(class | image). */
static double bits_of(const double *nll, int classes, int class)
{
    return -log_posterior(nll, classes, class) / log(2);
}

static void count_image(reading *r, const double *nll, int class)
{
    int read = likeliest_class(nll, r->classes);
    r->right += read == class;
    if (r->table) ++r->table[class * r->classes + read];
    r->bits += bits_of(nll, r->classes, class) / r->images;
    r->nats += (log(r->classes) - log_evidence(nll, r->classes)) / r->images;
}

/* A row per image: -log2 p(label | image), and nats under each class. */
static void write_rows(const char *file, const dataset *d, int n, const double *nll, char *const *names)
{
    csv c;
    begin_csv(&c, file);
    fprintf(c.rows, "index,label,read,bits_per_label");
    for (int k = 0; k < d->classes; ++k) fprintf(c.rows, ",nats_%d", k);
    fprintf(c.rows, "%s%s\n", d->names ? ",file" : "", names ? ",label_name,read_name" : "");
    for (int i = 0; i < n; ++i, nll += d->classes) {
        int class = class_of_image(d, i);
        fprintf(c.rows, "%d,%d,%d,%.6f", i, class, likeliest_class(nll, d->classes), bits_of(nll, d->classes, class));
        for (int k = 0; k < d->classes; ++k) fprintf(c.rows, ",%.6f", nll[k]);
        if (d->names) fputc(',', c.rows), csv_print_path(&c, d->names[i]);
        if (names) fputc(',', c.rows), csv_print_name(&c, names[class]);
        if (names) fputc(',', c.rows), csv_print_name(&c, names[likeliest_class(nll, d->classes)]);
        fputc('\n', c.rows);
    }
    finish_csv(&c);
}

/* rows: a CSV to write; NULL: none. */
static reading read_labels(network *const *nets, int n_nets, const dataset *d, const double *nll, const char *rows)
{
    int n = d->n;
    const label_embed *e = label_of(nets[0]);
    reading r = {.images = n,
                 .classes = d->classes,
                 .dims = nets[0]->truths,
                 .nets = n_nets,
                 .names = e->names ? e->names : d->class_names};
    if (r.classes <= MOST_SHOWN) r.table = checked_calloc(r.classes * r.classes, sizeof(int));
    for (int i = 0; i < n; ++i) count_image(&r, nll + (size_t)i * r.classes, class_of_image(d, i));
    if (rows) write_rows(rows, d, n, nll, r.names);
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
            if (r->names) printf("  %s", printable_on(stdout, r->names[row]));
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
    if (r->names) json_begin(&j, "class_names", '[');
    for (int k = 0; r->names && k < r->classes; ++k) json_text(&j, 0, r->names[k]);
    if (r->names) json_end(&j, ']');
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

/* The first net, and those that follow the images: [CFG WEIGHTS]... Returns how many. */
static int open_nets(const char **a, const char **next, int batch, network *nets[MOST_NETS])
{
    int n = 1;
    const char *weights[MOST_NETS] = {a[1]};
    nets[0] = parse_net(a[0], batch);
    for (; *next; next += 2, ++n) {
        if (!next[1]) die("pixelcnn classify: %s: a further net needs its WEIGHTS after its CFG", *next);
        if (n == MOST_NETS) die("pixelcnn classify: %s: more than %d nets", *next, MOST_NETS);
        nets[n] = parse_net(next[0], batch);
        check_alike(nets[0], a[0], nets[n], next[0]);
        weights[n] = next[1];
    }
    for (int i = 0; i < n; ++i) load_weights(nets[i], (char *)weights[i]);
    load_class_names(nets[0], weights[0]);
    return n;
}

enum { MOST_FILES = 2 + 2 * MOST_NETS };

/* The files of the nets, to[MOST_FILES]; returns how many. */
static int name_files_of_nets(const char *const *a, const image_arguments *images, named_path *to)
{
    int n = 2;
    to[0] = (named_path){"CFG", a[0]};
    to[1] = (named_path){"WEIGHTS", a[1]};
    for (const char *const *next = images->path + images->n; *next && n < MOST_FILES; ++next)
        to[n++] = (named_path){*next, *next};
    return n;
}

static void check_rows(const char *rows, const char *const *a, const image_arguments *images)
{
    named_path nets[MOST_FILES];
    named_path *inputs = name_inputs(images, nets, name_files_of_nets(a, images, nets));
    check_outputs("classify", (named_path[]){{"-csv", rows}, {0}}, inputs);
    free(inputs);
}

static int limit, json, batch = 50;
static const char *rows, *background;
static const option options[] = {
    {"-csv FILE", OPTION_TEXT, &rows, 0, 0,
     "write each image's label, predicted label and nats under each class to FILE"},
    {"-limit N", OPTION_INT, &limit, 0, INT_MAX, "use the first N images only; 0: all"},
    {"-batch N", OPTION_INT, &batch, 1, 65536, "image-label pairs per pass; on a CPU any number gives the same result"},
    BACKGROUND_OPTION(&background),
    {"-json", OPTION_FLAG, &json, 0, 0, "print the result as JSON"}};

static void classify_data(network *const *nets, int n_nets, const dataset *d, const double *nll, double seconds)
{
    reading r = read_labels(nets, n_nets, d, nll, rows);
    r.seconds = seconds;
    (json ? print_json : print_text)(&r);
    free(r.table);
}

static void classify_pictures(network *const *nets, int n_nets, const dataset *d, const double *nll, double seconds)
{
    classified_pictures x = {d, nll, n_nets, nets[0]->truths, seconds, label_of(nets[0])->names};
    if (rows) write_classified(&x, rows);
    if (json)
        print_classified_json(&x);
    else if (!rows)
        print_classified(&x);
}

static void classify(network *const *nets, int n_nets, const dataset *d, int loose)
{
    begin_images("classifying", d->n, (double)n_nets * d->classes);
    double start = what_time_is_it_now(), *nll = nll_of_classes(nets, n_nets, d, d->n);
    end_task();
    double seconds = what_time_is_it_now() - start;
    if (is_first_rank()) (loose ? classify_pictures : classify_data)(nets, n_nets, d, nll, seconds);
    free(nll);
}

static void run_classify(const char **a)
{
    image_arguments images = read_image_arguments(a + 2);
    need_stdout("classify", !rows || json);
    check_rows(rows, a, &images);
    set_picture_background(background);
    network *nets[MOST_NETS];
    int n_nets = open_nets(a, a + 2 + images.n, batch, nets);
    dataset d = load_images(&images, nets[0]);
    binarise_evaluated(&d, nets[0], 0, d.n, 0);
    named_path files[MOST_FILES + 1] = {{0}};
    name_files_of_nets(a, &images, files);
    agree_on_work(files, images.path[0], &d);
    dataset used = d;
    if (limit && limit < d.n) used.n = limit;
    need_nats(images.path[0], used.n, used.classes);
    classify(nets, n_nets, &used, images.loose);
    free_dataset(&d);
    for (int i = 0; i < n_nets; ++i) free_network(nets[i]);
}

const command_form classify_form = {.name = "classify",
                                    .arguments = "CFG WEIGHTS DATA|IMAGES [NETS]",
                                    .summary = "classify the test set of DATA, or each of IMAGES, by Bayes' rule",
                                    .least = 3,
                                    .most = MOST_IMAGE_ARGUMENTS + 2 * MOST_NETS,
                                    WITH(options),
                                    .run = run_classify,
                                    .shared = 1,
                                    .example = "mnist_classify data/mnist -limit 100"};
