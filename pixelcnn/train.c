/*
train.c - the command `pixelcnn train`: Darknet's stock train_network on a shuffled stream of images.
*/
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>
#include "build_net.h"
#include "checkpoint.h"
#include "commands.h"
#include "distort.h"
#include "errors.h"
#include "evaluate.h"
#include "generation.h"
#include "json.h"
#include "label_embed_layer.h"
#include "labels.h"
#include "pixel_softmax_layer.h"
#include "plain_text.h"
#include "sampler.h"
#include "several.h"
#include "sheet.h"
#include "signals.h"
#include "solver.h"
#include "stream.h"
#include "threads.h"
#include "watch.h"
#include "weights.h"

const command_form train_form = {"train", "CFG DATA [WEIGHTS]", "trains on DATA, from WEIGHTS where given", 2, 3};

typedef struct {
    const char *backup, *log, *report, *resume, *gpus;
    int seed, save_every, eval_every, sample_every, clear, skip_bad, json;
    double seconds;
} train_options;

typedef struct {
    network *net;
    train_options o;
    char *base;    // of the cfg's name
    dataset train; // the last `held` images are for validation
    int held;
    stream order;
    data rows;        // of one update
    several *devices; // NULL: one, or the CPU
    watch watch;
    progress done;
    int lost; // saves that failed
    char lost_last[512];
} training;

/* Every 1/10, but no more than 1,000, of the training images are held out for validation. */
static int held_out(int n) { return n / 10 < 1000 ? n / 10 : 1000; }

/* The folder and those above it. Returns 1 where it was not there before. */
static int make_folder(const char *folder)
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
    if (!mkdir(folder, 0777)) return 1;
    if (errno != EEXIST || stat(folder, &there) || !S_ISDIR(there.st_mode))
        die("%s: cannot make the folder: %s", folder, strerror(errno));
    return 0;
}

/* A save that fails is said and counted; training goes on, and the next one tries again. */
static void count_lost(training *t, int failed, const char *error)
{
    if (!failed) return;
    ++t->lost;
    snprintf(t->lost_last, sizeof t->lost_last, "%s", error);
    say_above(&t->watch.bar, "not saved: %s; the checkpoint before is as it was", error);
}

static void save_as(training *t, const char *kind)
{
    char file[4096], error[512];
    snprintf(file, sizeof file, "%s/%s_%s.weights", t->o.backup, t->base, kind);
    count_lost(t, try_save_weights(t->net, file, t->net->n, error), error);
}

/* Of a training that must not go on: says it on stderr and in the report. */
static __attribute__((noreturn, format(printf, 2, 3))) void give_up(training *t, const char *format, ...)
{
    char message[8192], error[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    end_report(&t->watch, REPORT_FAILED, message, error);
    die_with(3, "%s", message);
}

/* Weights, moments and averages are looked through first: nothing sick replaces a good checkpoint. */
static void checkpoint(training *t)
{
    char where[256], error[512];
    if (find_sick_weights(t->net, where))
        give_up(t, "iteration %zu: %s; nothing was saved, %s holds the last good checkpoint", get_current_batch(t->net),
                where, t->o.backup);
    progress p = t->done;
    p.seconds = seconds_trained(&t->watch);
    count_lost(t, save_checkpoint(t->net, p, t->o.backup, t->base, error), error);
    if (loss_of(t->net)->ema <= 0) return;
    swap_average(t->net);
    save_as(t, "ema");
    swap_average(t->net);
}

static void refresh_pictures(training *t, refresh when)
{
    char error[512];
    count_lost(t, refresh_watch(&t->watch, when, error), error);
}

/* The rows of the next update, from the stream's place onwards. */
static void fill_rows(training *t)
{
    size_t place = *t->net->seen;
    for (int i = 0; i < t->rows.X.rows; ++i)
        fill_training_row(&t->train, t->net, stream_image(&t->order, place + i), t->done.seed, place + i,
                          t->rows.X.vals[i], t->rows.y.vals[i]);
}

/* With the averaged weights where ema > 0; they become _best where they are. A stop signal ends it without a result. */
static void validate(training *t)
{
    watch_doing(&t->watch, "validating");
    swap_average(t->net);
    likelihood l = evaluate(t->net, &t->train, t->order.n, t->held, 0);
    double *best = &t->done.best;
    int better = !stop_signal() && (*best < 0 || bits_per_dim(l) < *best);
    if (better) {
        *best = bits_per_dim(l);
        save_as(t, "best");
    }
    swap_average(t->net);
    if (!stop_signal()) watch_validation(&t->watch, bits_per_dim(l), l.images, better);
}

enum { SHEET_IMAGES = 64, SHEET_COLUMNS = 8 };

/* A sheet of what the averaged weights draw, always with the same random numbers: the classes in turn. */
static void draw_samples(training *t)
{
    network *net = t->net;
    char file[4096], error[512];
    label_embed *label = label_of(*net);
    float *labels = label ? labels_of_images(0, SHEET_IMAGES, SHEET_COLUMNS, label->classes) : 0;
    unsigned char *levels = checked_calloc(SHEET_IMAGES, net->truths);
    watch_doing(&t->watch, "drawing samples");
    swap_average(net);
    sample_cached(net, (sample_wish){.n = SHEET_IMAGES, .seed = t->done.seed, .temperature = 1, .labels = labels},
                  levels);
    swap_average(net);
    sheet s = {.n = SHEET_IMAGES,
               .c = net->c,
               .h = net->h,
               .w = net->w,
               .levels = loss_of(net)->levels,
               .columns = SHEET_COLUMNS,
               .scale = 1};
    snprintf(file, sizeof file, "%s/%s_%08zu.png", t->o.backup, t->base, get_current_batch(net));
    int failed = try_write_sheet(file, s, levels, error);
    count_lost(t, failed, error);
    if (!failed) watch_sheet(&t->watch);
    free(levels);
    free(labels);
}

/* The weights, and with -json what the training came to. */
static void print_result(const training *t)
{
    char file[PATH_MAX];
    snprintf(file, sizeof file, "%s/%s_final.weights", t->o.backup, t->base);
    if (!t->o.json) {
        printf("%s\n", plain_on(stdout, file));
        return;
    }
    printf("{\"weights\": ");
    print_json_text(file);
    printf(", \"iterations\": %zu, \"images\": %zu, \"seconds\": %.1f, \"validation_bits_per_dim\": %.6f, "
           "\"best_bits_per_dim\": %.6f}\n",
           get_current_batch(t->net), *t->net->seen, seconds_trained(&t->watch), t->watch.validation, t->done.best);
}

static void finish(training *t)
{
    validate(t);
    checkpoint(t); // with the best value
    refresh_pictures(t, REFRESH_NOW);
    if (stop_signal()) return;
    if (t->o.sample_every) draw_samples(t);
    swap_average(t->net);
    save_as(t, "final");
    swap_average(t->net);
    end_watch(&t->watch);
    fprintf(stderr, "trained for %.1f seconds\n", seconds_trained(&t->watch));
    print_result(t);
}

static int every(int n, size_t batch) { return n && batch % n == 0; }

/* One update. A batch with sick numbers changes nothing; it ends the training, or is skipped where allowed. */
static void update(training *t)
{
    network *net = t->net;
    double start = what_time_is_it_now();
    fill_rows(t);
    double nats = (double)train_on(t->devices, net, t->rows) / net->truths;
    const solver *s = solver_of(net);
    if (!s->sick) {
        double *average = &t->done.average;
        *average = *average < 0 ? nats : *average * .98 + nats * .02;
        watch_update(&t->watch, nats, what_time_is_it_now() - start);
        return;
    }
    if (s->sick == SICK_WEIGHTS || t->done.skipped >= (uint64_t)t->o.skip_bad)
        give_up(
            t,
            "iteration %zu: %s; nothing was updated or saved, %s holds the last good checkpoint: go on from it with a "
            "lower learning_rate%s",
            get_current_batch(net), s->where, t->o.backup, s->sick == SICK_BATCH ? " or with -skip_bad N" : "");
    ++t->done.skipped;
    say_above(&t->watch.bar, "iteration %zu: %s; batch skipped, the %llu. of %d", get_current_batch(net), s->where,
              (unsigned long long)t->done.skipped, t->o.skip_bad);
}

static int is_over(const training *t)
{
    if (stop_signal() || get_current_batch(t->net) >= (size_t)t->net->max_batches) return 1;
    return t->o.seconds > 0 && what_time_is_it_now() - t->watch.start >= t->o.seconds;
}

static void train(training *t)
{
    network *net = t->net;
    while (!is_over(t)) {
        update(t);
        if (is_over(t)) break;
        size_t batch = get_current_batch(net);
        int asked = take_save_signal(), samples = every(t->o.sample_every, batch),
            validation = every(t->o.eval_every, batch), save = asked || every(t->o.save_every, batch);
        if (asked) say_above(&t->watch.bar, "SIGUSR1: saving");
        if (samples) draw_samples(t);
        if (validation) validate(t);
        if (save) checkpoint(t);
        refresh_pictures(t, samples || validation || save ? REFRESH_EVENT : REFRESH_SELDOM);
    }
    if (!stop_signal()) {
        finish(t);
        return;
    }
    checkpoint(t);
    refresh_pictures(t, REFRESH_NOW);
}

/* What the training starts from: a weights file that is named, a checkpoint, or new weights. Returns 1 where it goes on with
   a checkpoint. */
static int choose_start(training *t, const char *weights)
{
    const char *how = t->o.resume;
    int automatic = !strcmp(how, "auto"), none = t->o.clear || !strcmp(how, "none");
    state_file s;
    if (weights && !automatic && !none) die("-resume %s: not together with weights, %s", how, weights);
    if (weights && !none && has_checkpoint(t->o.backup, t->base))
        fprintf(stderr, "%s was named: the checkpoint in %s is not gone on with\n", plain(weights), plain(t->o.backup));
    if (t->o.clear) *t->net->seen = 0;
    if (weights || none || !resume_checkpoint(t->net, t->o.backup, t->base, automatic ? 0 : how, &s)) return 0;
    if (!s.same_schedule)
        fprintf(stderr,
                "the cfg's learning rate or distortion has changed since; from here on it is as the cfg says now\n");
    if (s.done.threads != t->done.threads)
        fprintf(stderr, "%llu threads then, %llu now: sums come out otherwise in their last digits\n",
                (unsigned long long)s.done.threads, (unsigned long long)t->done.threads);
    if (t->o.seed && s.done.seed != (uint64_t)t->o.seed)
        die("-seed %d: the checkpoint was trained with %llu; leave it out, or start anew with -clear", t->o.seed,
            (unsigned long long)s.done.seed);
    if (s.done.images != t->done.images)
        die("%llu training images, the checkpoint was trained on %llu: give it the same data",
            (unsigned long long)t->done.images, (unsigned long long)s.done.images);
    s.done.threads = t->done.threads;
    t->done = s.done;
    return 1;
}

static void prepare(training *t, const char **a)
{
    device_list devices = read_device_list(t->o.gpus);
    network *net = t->net = parse_pixelcnn_cfg(a[0], (net_wish){.parts = devices.n});
    init_params(net, t->o.seed);
    if (a[2]) load_weights(net, (char *)a[2]);
    t->base = basecfg((char *)a[0]);
    t->train = load_dataset(a[1], SPLIT_TRAIN, net);
    t->held = held_out(t->train.n);
    if (!t->held) die("%s: %d training images; at least 10 are needed", a[1], t->train.n);
    lock_folder(t->o.backup, make_folder(t->o.backup));
    t->done = (progress){
        .seed = t->o.seed, .images = t->train.n - t->held, .threads = max_threads(), .best = -1, .average = -1};
    int resumed = choose_start(t, a[2]);
    if (label_of(*net)) label_of(*net)->seed = t->done.seed;
    if (devices.n > 1) t->devices = make_several(net, a[0], &devices);
    t->order = make_stream(t->done.images, t->done.seed);
    int images = net->batch * net->subdivisions;
    t->rows.X = make_matrix(images, net->inputs);
    t->rows.y = make_matrix(images, net->truths);
    if (t->o.report) make_folder(t->o.report);
    open_watch(&t->watch, (watch_wish){t->o.backup, t->base, t->o.log, t->o.seconds, a[0], t->o.report}, net, &t->done,
               resumed);
    refresh_pictures(t, REFRESH_NOW);
}

/* 0, 1 where a save was lost, 128 + its number where a signal stopped the training. */
static int outcome(training *t)
{
    int number = stop_signal();
    char error[512];
    if (number) end_watch(&t->watch);
    if (number && !t->lost)
        fprintf(stderr, "%s: stopped after iteration %zu, checkpoint saved; the same command goes on\n",
                number == SIGINT ? "SIGINT" : "SIGTERM", get_current_batch(t->net));
    count_lost(t, end_report(&t->watch, number ? REPORT_STOPPED : REPORT_FINISHED, 0, error), error);
    if (t->lost) fprintf(stderr, "%d saves failed, the last one: %s\n", t->lost, plain(t->lost_last));
    return t->lost ? 1 : number ? 128 + number : 0;
}

void run_train(int argc, char **argv)
{
    training t = {.o = {.backup = "backup", .resume = "auto", .save_every = 1000, .eval_every = 1000}};
    const option o[] = {
        {"-backup", OPTION_TEXT, &t.o.backup, 0, 0, "folder of the checkpoints"},
        {"-seed", OPTION_INT, &t.o.seed, 0, INT_MAX, "of initial weights, order of images, label dropout"},
        {"-save_every", OPTION_INT, &t.o.save_every, 0, INT_MAX, "iterations between checkpoints; 0: at the end only"},
        {"-eval_every", OPTION_INT, &t.o.eval_every, 0, INT_MAX, "iterations between validations; 0: at the end only"},
        {"-sample_every", OPTION_INT, &t.o.sample_every, 0, INT_MAX,
         "iterations between sheets of samples, BACKUP/NAME_ITERATION.png; 0: none"},
        {"-seconds", OPTION_FLOAT, &t.o.seconds, 0, 1e9, "stops after so long; 0: at max_batches of the cfg"},
        {"-log", OPTION_TEXT, &t.o.log, 0, 0, "the figures of each iteration as CSV; without: BACKUP/NAME.csv"},
        {"-report", OPTION_TEXT, &t.o.report, 0, 0,
         "writes DIR/index.html, a page to look at while it trains and after"},
        {"-resume", OPTION_TEXT, &t.o.resume, 0, 0,
         "auto: goes on where -backup has a checkpoint; none; or a .state file"},
        {"-clear", OPTION_FLAG, &t.o.clear, 0, 0, "starts anew: no checkpoint, and WEIGHTS count as never trained"},
        {"-skip_bad", OPTION_INT, &t.o.skip_bad, 0, INT_MAX,
         "batches with NaN or Inf that are left out before it gives up"},
        {"-gpus", OPTION_TEXT, &t.o.gpus, 0, 0, "devices that share the work, as 0,1; without: the one of -i"},
        {"-json", OPTION_FLAG, &t.o.json, 0, 0, "what it came to as one JSON object, in place of the weights' name"},
    };
    const char **a = read_options(&train_form, o, sizeof o / sizeof *o, argc, argv);
    catch_signals();
    prepare(&t, a);
    train(&t);
    int status = outcome(&t);
    close_watch(&t.watch);
    if (t.devices) free_several(t.devices);
    free_matrix(t.rows.X);
    free_matrix(t.rows.y);
    free_stream(&t.order);
    free_dataset(&t.train);
    free(t.base);
    free_network(t.net);
    free(a);
    if (status) exit(status);
}
