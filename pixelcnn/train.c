/*
train.c - the command `pixelcnn train`: Darknet's stock train_network on a shuffled stream of images.
*/
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>
#include "build_net.h"
#include "commands.h"
#include "errors.h"
#include "evaluate.h"
#include "label_embed_layer.h"
#include "pixel_softmax_layer.h"
#include "solver.h"
#include "stream.h"
#include "weights.h"

const command_form train_form = {"train", "CFG DATA [WEIGHTS]", "trains on DATA, from WEIGHTS where given", 2, 3};

typedef struct {
    const char *backup, *log;
    int seed, save_every, eval_every, clear;
    double seconds;
} train_options;

typedef struct {
    network *net;
    train_options o;
    char *base;    // of the cfg's name
    dataset train; // the last `held` images are for validation
    int held;
    stream order;
    data rows; // of one update
    FILE *log;
    double start, average, best;
} training;

/* Every 1/10, but no more than 1,000, of the training images are held out for validation. */
static int held_out(int n) { return n / 10 < 1000 ? n / 10 : 1000; }

/* The folder and those above it. */
static void make_folder(const char *folder)
{
    char path[4096];
    struct stat there;
    if (snprintf(path, sizeof path, "%s", folder) >= (int)sizeof path)
        die("%s: cannot make the folder: name too long", folder);
    for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
        *slash = 0;
        mkdir(path, 0777); // what matters is whether the last one succeeds
        *slash = '/';
    }
    if (mkdir(folder, 0777) && (errno != EEXIST || stat(folder, &there) || !S_ISDIR(there.st_mode)))
        die("%s: cannot make the folder: %s", folder, strerror(errno));
}

static void save_as(training *t, const char *kind)
{
    char file[4096], error[512];
    snprintf(file, sizeof file, "%s/%s_%s.weights", t->o.backup, t->base, kind);
    if (try_save_weights(t->net, file, t->net->n, error)) die("%s", error);
}

/* The rows of the next update, from the stream's place onwards. */
static void fill_rows(training *t)
{
    size_t place = *t->net->seen;
    for (int i = 0; i < t->rows.X.rows; ++i)
        fill_row(&t->train, t->net, stream_image(&t->order, place + i), t->rows.X.vals[i], t->rows.y.vals[i]);
}

static void print_time(double seconds)
{
    fprintf(stderr, "%d:%02d:%02d left\n", (int)seconds / 3600, (int)seconds / 60 % 60, (int)seconds % 60);
}

/* One line an update, in Darknet's shape. nats: mean NLL per dimension before the update. */
static void report(training *t, double nats, double seconds)
{
    network *net = t->net;
    size_t batch = get_current_batch(net);
    t->average = t->average < 0 ? nats : t->average * .98 + nats * .02;
    double elapsed = what_time_is_it_now() - t->start, left = seconds * (net->max_batches - (double)batch);
    if (t->o.seconds > 0 && t->o.seconds - elapsed < left) left = t->o.seconds - elapsed;
    fprintf(stderr, "%zu, %.3f: %f, %f avg, %f rate, %f seconds, %zu images, %f bits/dim, ", batch,
            (double)*net->seen / t->order.n, nats, t->average, get_current_rate(net), seconds, *net->seen,
            t->average / log(2));
    print_time(left > 0 ? left : 0);
    if (t->log)
        fprintf(t->log, "%zu,%zu,%.3f,%.6f,%.6g,\n", batch, *net->seen, elapsed, nats / log(2), get_current_rate(net));
}

/* With the averaged weights where ema > 0; they become _best where they are. */
static void validate(training *t)
{
    swap_average(t->net);
    likelihood l = evaluate(t->net, &t->train, t->order.n, t->held, 0);
    int better = t->best < 0 || bits_per_dim(l) < t->best;
    if (better) {
        t->best = bits_per_dim(l);
        save_as(t, "best");
    }
    swap_average(t->net);
    fprintf(stderr, "validation: %f bits/dim on %d held-out images%s\n", bits_per_dim(l), l.images,
            better ? ", the best" : "");
    if (t->log)
        fprintf(t->log, "%zu,%zu,%.3f,,,%.6f\n", get_current_batch(t->net), *t->net->seen,
                what_time_is_it_now() - t->start, bits_per_dim(l));
}

static void checkpoint(training *t)
{
    save_as(t, "last");
    if (loss_of(t->net)->ema <= 0) return;
    swap_average(t->net);
    save_as(t, "ema");
    swap_average(t->net);
}

static void finish(training *t)
{
    checkpoint(t);
    validate(t);
    swap_average(t->net);
    save_as(t, "final");
    swap_average(t->net);
    fprintf(stderr, "trained for %.1f seconds\n", what_time_is_it_now() - t->start);
    printf("%s/%s_final.weights\n", t->o.backup, t->base);
}

static int every(int n, size_t batch) { return n && batch % n == 0; }

static void train(training *t)
{
    network *net = t->net;
    while (get_current_batch(net) < (size_t)net->max_batches) {
        double start = what_time_is_it_now();
        if (t->o.seconds > 0 && start - t->start >= t->o.seconds) break;
        fill_rows(t);
        double nats = (double)train_network(net, t->rows) / net->truths, end = what_time_is_it_now();
        if (!isfinite(nats))
            die("iteration %zu: the loss is %g; %s holds the last good checkpoint: go on from it with a lower "
                "learning_rate",
                get_current_batch(net), nats, t->o.backup);
        report(t, nats, end - start);
        if (every(t->o.save_every, get_current_batch(net))) checkpoint(t);
        if (every(t->o.eval_every, get_current_batch(net))) validate(t);
    }
    finish(t);
}

static void open_log(training *t)
{
    if (!t->o.log) return;
    t->log = fopen(t->o.log, "w");
    if (t->log) setvbuf(t->log, 0, _IOLBF, 0);
    if (!t->log || fprintf(t->log, "iteration,images,seconds,train_bits_per_dim,rate,validation_bits_per_dim\n") < 0) {
        int why = errno;
        rmdir(t->o.backup); // stays where it holds something
        die("%s: cannot create: %s", t->o.log, strerror(why));
    }
}

static void prepare(training *t, const char **a)
{
    network *net = t->net = parse_pixelcnn_cfg(a[0], (net_wish){0});
    init_params(net, t->o.seed);
    if (label_of(*net)) label_of(*net)->seed = t->o.seed;
    if (a[2]) load_weights(net, (char *)a[2]);
    if (t->o.clear) *net->seen = 0;
    t->base = basecfg((char *)a[0]);
    t->train = load_dataset(a[1], SPLIT_TRAIN, net);
    t->held = held_out(t->train.n);
    if (!t->held) die("%s: %d training images; at least 10 are needed", a[1], t->train.n);
    t->order = make_stream(t->train.n - t->held, t->o.seed);
    int images = net->batch * net->subdivisions;
    t->rows.X = make_matrix(images, net->inputs);
    t->rows.y = make_matrix(images, net->truths);
    make_folder(t->o.backup);
    open_log(t);
    t->average = t->best = -1;
    t->start = what_time_is_it_now();
}

void run_train(int argc, char **argv)
{
    training t = {.o = {.backup = "backup", .save_every = 1000, .eval_every = 1000}};
    const option o[] = {
        {"-backup", OPTION_TEXT, &t.o.backup, 0, 0, "folder of the checkpoints"},
        {"-seed", OPTION_INT, &t.o.seed, 0, INT_MAX, "of initial weights, order of images, label dropout"},
        {"-save_every", OPTION_INT, &t.o.save_every, 0, INT_MAX, "iterations between checkpoints; 0: at the end only"},
        {"-eval_every", OPTION_INT, &t.o.eval_every, 0, INT_MAX, "iterations between validations; 0: at the end only"},
        {"-seconds", OPTION_FLOAT, &t.o.seconds, 0, 1e9, "stops after so long; 0: at max_batches of the cfg"},
        {"-log", OPTION_TEXT, &t.o.log, 0, 0, "writes the figures of each iteration as CSV"},
        {"-clear", OPTION_FLAG, &t.o.clear, 0, 0, "counts images from 0 again after loading WEIGHTS"},
    };
    const char **a = read_options(&train_form, o, sizeof o / sizeof *o, argc, argv);
    prepare(&t, a);
    train(&t);
    if (t.log && (ferror(t.log) | fclose(t.log))) die("%s: cannot write: %s", t.o.log, strerror(errno));
    free_matrix(t.rows.X);
    free_matrix(t.rows.y);
    free_stream(&t.order);
    free_dataset(&t.train);
    free(t.base);
    free_network(t.net);
    free(a);
}
