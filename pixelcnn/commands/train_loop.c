#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include "base/errors.h"
#include "base/printable.h"
#include "base/ranks.h"
#include "base/signals.h"
#include "layers/label_embed_layer.h"
#include "pixelcnn/commands/captions.h"
#include "pixelcnn/commands/train_loop.h"
#include "pixelcnn/data/distort.h"
#include "pixelcnn/data/evaluate.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/net/pixelcnn_net.h"
#include "pixelcnn/net/weights.h"
#include "pixelcnn/pictures/sheet.h"
#include "pixelcnn/sample/sampler.h"
#include "pixelcnn/train/checkpoint.h"
#include "pixelcnn/train/solver.h"

/* ---- saving ---- */

static void note_lost(training *t, const char *error)
{
    ++t->lost;
    snprintf(t->lost_last, sizeof t->lost_last, "%s", error);
}

/* Reports a failed save; training continues, and the next save tries again. */
static void count_lost(training *t, int failed, const char *error)
{
    if (!failed) return;
    note_lost(t, error);
    say_above(&t->watch.bar, "not saved: %s; %s", error,
              t->kept ? "the previous checkpoint is intact" : "there is no checkpoint yet");
}

/* An earlier run's log is kept until this run has saved something. */
static int after_save(training *t, int failed, const char *error)
{
    char reason[512];
    count_lost(t, failed, error);
    if (!failed) count_lost(t, keep_watch(&t->watch, reason), reason);
    return failed;
}

/* Weights are never beside the names of an earlier run's classes. */
static void save_names(training *t)
{
    char error[512];
    count_lost(t, keep_class_names(t, error), error);
}

/* Returns 0, or 1 if it failed, which was reported. */
static int save_as(training *t, const char *kind)
{
    char file[4096], error[512];
    if (!is_first_rank()) return 0;
    save_names(t);
    snprintf(file, sizeof file, "%s/%s_%s.weights", t->o.backup, t->base, kind);
    return after_save(t, try_save_weights(t->net, file, t->net->n, error), error);
}

/* Ends training that must not continue, with the reason on stderr and in the report. */
static __attribute__((noreturn, format(printf, 2, 3))) void give_up(training *t, const char *format, ...)
{
    char message[8192], error[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (is_first_rank()) end_report(&t->watch, REPORT_FAILED, message, error);
    die_with_status(3, "%s", message);
}

/* What a failed run leaves, and how to continue. */
static const char *what_is_left(const training *t)
{
    static char text[PATH_MAX + 128];
    if (t->kept)
        snprintf(text, sizeof text, "%s holds the last good checkpoint: resume it", t->o.backup);
    else if (has_checkpoint(t->o.backup, t->base))
        snprintf(text, sizeof text, "%s holds only a checkpoint of an earlier run: start over", t->o.backup);
    else
        snprintf(text, sizeof text, "%s holds no checkpoint yet: start over", t->o.backup);
    return text;
}

/* Checks weights, moments and averages: NaN or infinity must not replace a good checkpoint. */
static void refuse_nonfinite_weights(training *t)
{
    char where[256];
    if (find_nonfinite_weights(t->net, where))
        give_up(t, "iteration %zu: %s; nothing was saved, %s with a lower learning_rate", get_current_batch(t->net),
                where, what_is_left(t));
}

/* Puts the averaged weights into the net, and back. */
static void swap_weights(training *t)
{
    swap_averaged_weights(t->net);
    t->averaged = !t->averaged;
}

static void checkpoint(training *t)
{
    char error[512];
    refuse_nonfinite_weights(t);
    if (!is_first_rank()) {
        t->kept = 1; // as far as this rank knows
        return;
    }
    training_progress p = t->done;
    p.seconds = seconds_trained(&t->watch);
    save_names(t);
    if (!after_save(t, save_checkpoint(t->net, p, &t->start.from, t->o.backup, t->base, error), error)) t->kept = 1;
    if (find_pixelcnn_net(t->net)->ema <= 0) return;
    swap_weights(t);
    save_as(t, "ema");
    swap_weights(t);
}

void refresh_pictures(training *t, refresh when)
{
    char error[512];
    if (!is_first_rank()) return;
    count_lost(t, refresh_watch(&t->watch, when, error), error);
}

/* The rows of the next update. */
static void fill_rows(void *context)
{
    training *t = context;
    size_t place = *t->net->seen + batch_share(t->sum).from;
    for (int i = 0; i < t->rows.X.rows; ++i) {
        training_image m = {stream_image(&t->order, place + i), t->done.seed, place + i};
        fill_training_row(&t->train, t->net, m, t->rows.X.vals[i], t->rows.y.vals[i]);
    }
}

/* The images of the validation that is due. */
static int validated_images(training *t)
{
    if (t->done.due & DUE_VALIDATION) return t->held;
    return look_images(&t->looks, get_current_batch(t->net), seconds_of_run(t));
}

/* Validates with the averaged weights if ema > 0. A stop signal ends it without a result. Only validations on
   all held-out images decide which weights are the best. */
static void validate(void *context)
{
    training *t = context;
    int images = validated_images(t);
    swap_weights(t);
    likelihood l = share_validation(t, images);
    watch_held_out(&t->watch, &t->train);
    double *best = &t->done.best;
    int stopped = is_stopped(t), counts = !stopped && images == t->held;
    int better = counts && (*best < 0 || bits_per_dim(l) < *best);
    if (better) {
        *best = bits_per_dim(l);
        save_as(t, "best");
    }
    swap_weights(t);
    if (stopped) return;
    if (is_first_rank()) watch_validation(&t->watch, bits_per_dim(l), l.images, better);
    t->done.due &= ~(uint64_t)(DUE_VALIDATION | DUE_LOOK);
}

enum { SHEET_IMAGES = 64, SHEET_COLUMNS = 8 };

/* Each class in turn, or the attributes of held-out images: the same in every sheet. Free them. */
static float *labels_of_sheet(const training *t)
{
    const label_embed *label = label_of(t->net);
    if (!label) return 0;
    if (!label->attributes) return classes_in_turn(0, SHEET_IMAGES, label);
    size_t floats = label->classes;
    int from = t->held ? t->order.n : 0, images = t->held ? t->held : t->train.n;
    float *labels = checked_calloc(SHEET_IMAGES, floats * sizeof(float));
    for (int i = 0; i < SHEET_IMAGES; ++i) read_label(&t->train, from + i % images, labels + i * floats);
    return labels;
}

/* Draws with the averaged weights, always from the same random numbers, on rank 0; the others wait for it at
   the next update. */
static void draw_samples(void *context)
{
    training *t = context;
    network *net = t->net;
    char file[4096], error[512];
    if (!is_first_rank()) {
        t->done.due &= ~(uint64_t)DUE_SHEET;
        return;
    }
    float *labels = labels_of_sheet(t);
    unsigned char *levels = checked_calloc(SHEET_IMAGES, net->truths);
    swap_weights(t);
    sample_cached(net, (sample_request){.n = SHEET_IMAGES, .seed = t->done.seed, .temperature = 1, .labels = labels},
                  levels);
    swap_weights(t);
    image_names names = name_images(label_of(net), labels, SHEET_IMAGES, "auto");
    sheet s = sheet_of_net(net, SHEET_IMAGES, SHEET_COLUMNS, 0);
    s.captions = names.captions;
    snprintf(file, sizeof file, "%s/%s_%08zu.png", t->o.backup, t->base, get_current_batch(net));
    int failed = try_write_sheet(file, s, levels, error);
    count_lost(t, failed, error);
    if (!failed) watch_sheet(&t->watch);
    t->done.due &= ~(uint64_t)DUE_SHEET;
    free(levels);
    free(labels);
    free_image_names(&names);
}

static __attribute__((noreturn)) void save_and_give_up(training *t, const char *doing, const caught_error *r)
{
    char error[512];
    checkpoint(t);
    if (is_first_rank()) end_report(&t->watch, REPORT_FAILED, r->message, error);
    die_with_status(r->status, "%s: %s", doing, r->message);
}

/* NaN or infinity ends training as it does in a batch. On any other failure, such as too little memory, a
   checkpoint is saved first, in which the work is still due. progress: how much the body counts. */
static void run_or_give_up(training *t, const char *doing, double progress, void (*body)(void *))
{
    caught_error r;
    if (is_first_rank()) watch_doing(&t->watch, doing, progress);
    int failed = catch_die(body, t, &r);
    if (is_first_rank()) watch_done(&t->watch);
    if (!failed) return;
    if (t->averaged) swap_weights(t);
    if (r.status == 3)
        give_up(t, "iteration %zu: %s: %s; nothing was saved, %s", get_current_batch(t->net), doing, r.message,
                what_is_left(t));
    save_and_give_up(t, doing, &r);
}

/* A file of the data may have been truncated (base/row_file.h). */
static void fill_or_give_up(training *t)
{
    caught_error r;
    if (catch_die(fill_rows, t, &r)) save_and_give_up(t, "reading images", &r);
}

static void validate_or_give_up(training *t)
{
    index_range own = my_share(validated_images(t)); // of which rank 0 counts
    run_or_give_up(t, "validating", own.end - own.from, validate);
}

static void draw_or_give_up(training *t)
{
    run_or_give_up(t, "drawing samples", (double)SHEET_IMAGES * t->net->truths, draw_samples);
}

static int every(int n, size_t batch) { return n && batch % n == 0; }

/* What a stop signal prevents stays due: it is saved with the checkpoint and done first after a resume. */
static void do_what_is_due(training *t)
{
    if (t->done.due & DUE_SHEET && !is_stopped(t)) draw_or_give_up(t);
    if (t->done.due & (DUE_VALIDATION | DUE_LOOK) && !is_stopped(t)) validate_or_give_up(t);
}

static void finish(training *t)
{
    uint64_t *due = &t->done.due;
    if (!(*due & DUE_FINAL) && !t->start.finished)
        *due = DUE_FINAL | DUE_VALIDATION | (t->o.sample_every ? DUE_SHEET : 0);
    if (*due & DUE_VALIDATION) validate_or_give_up(t);
    refuse_nonfinite_weights(t);
    t->finished = !is_stopped(t);
    if (t->finished) {
        swap_weights(t);
        if (!save_as(t, "final")) *due &= ~(uint64_t)DUE_FINAL;
        swap_weights(t);
        if (*due & DUE_SHEET) draw_or_give_up(t);
    }
    checkpoint(t); // with the best value, and what is due
    refresh_pictures(t, REFRESH_NOW);
    t->stopped = !t->finished;
    if (t->stopped) return;
    if (!is_first_rank()) return;
    end_watch(&t->watch);
    fprintf(stderr, "trained for %.1f seconds\n", seconds_trained(&t->watch));
    if (rank_count() > 1)
        fprintf(stderr, "%d ranks: exchanging gradients took %.3f seconds on rank 0, with its waits for the others\n",
                rank_count(), seconds_of_exchange(t->sum));
    if (*due & DUE_FINAL) return; // no result without the file
    suggest_sampling(t);
    print_result(t);
}

/* An exponential mean, debiased as Adam's moments are, so that the first values do not weigh more than later
   ones. mean: that of the n-1 values before x. Returns that of n. */
static double running_mean(double mean, double x, size_t n)
{
    static const double keep = .98;
    return n > 1 && mean >= 0 ? mean + (x - mean) * (1 - keep) / (1 - pow(keep, n)) : x;
}

/* A batch with NaN or infinity changes nothing: it ends training, or is skipped if that is allowed. */
static void update(training *t)
{
    network *net = t->net;
    double start = what_time_is_it_now();
    fill_or_give_up(t);
    float nll = t->devices ? train_device_group(t->devices, net, t->rows) : train_shared_batch(t);
    double nats = (double)nll / net->truths;
    const solver *s = net_solver(net);
    if (!s->nonfinite) {
        t->done.average = running_mean(t->done.average, nats, *net->t);
        if (is_first_rank()) watch_update(&t->watch, nats, what_time_is_it_now() - start);
        return;
    }
    if (s->nonfinite == NONFINITE_WEIGHTS || t->done.skipped >= (uint64_t)t->o.skip_bad)
        give_up(t, "iteration %zu: %s; nothing was updated or saved, %s with a lower learning_rate%s",
                get_current_batch(net), s->where, what_is_left(t),
                s->nonfinite == NONFINITE_BATCH ? " or with -skip_bad N" : "");
    ++t->done.skipped;
    say_above(&t->watch.bar, "iteration %zu: %s; skipped the batch (%llu of %d)", get_current_batch(net), s->where,
              (unsigned long long)t->done.skipped, t->o.skip_bad);
}

static int is_over(const training *t)
{
    if (is_stopped(t) || get_current_batch(t->net) >= (size_t)t->net->max_batches) return 1;
    return t->o.seconds > 0 && seconds_of_run(t) >= t->o.seconds;
}

static uint64_t validation_due(training *t, size_t batch)
{
    if (t->o.eval_every == EVAL_AUTOMATIC) return look_due(&t->looks, batch, seconds_of_run(t));
    return every(t->o.eval_every, batch) ? DUE_VALIDATION : 0;
}

/* But the last. */
static void after_update(training *t, size_t batch)
{
    int asked = take_save_request(t), save = asked || every(t->o.save_every, batch), event = save || t->done.due;
    if (asked) say_above(&t->watch.bar, "SIGUSR1: saving");
    do_what_is_due(t);
    if (is_stopped(t)) return; // stop saves
    if (save) checkpoint(t);
    refresh_pictures(t, event ? REFRESH_EVENT : REFRESH_SELDOM);
}

/* Nothing to save if the signal came before any work. */
static void stop(training *t, uint64_t due)
{
    if (get_current_batch(t->net) == t->watch.first && t->done.due == due) return;
    checkpoint(t);
    t->stopped = 1;
    refresh_pictures(t, REFRESH_NOW);
}

void train_all(training *t)
{
    network *net = t->net;
    uint64_t due = t->done.due;
    do_what_is_due(t);
    while (!is_over(t)) {
        update(t);
        size_t batch = get_current_batch(net);
        t->done.due = (every(t->o.sample_every, batch) ? DUE_SHEET : 0) | validation_due(t, batch);
        if (!is_over(t)) after_update(t, batch);
    }
    if (is_stopped(t))
        stop(t, due);
    else
        finish(t);
}

int training_outcome(training *t)
{
    int number = t->finished ? 0 : is_stopped(t);
    char error[512];
    if (!is_first_rank()) return number ? 128 + number : 0;
    if (number) end_watch(&t->watch);
    if (number && !t->lost)
        fprintf(stderr, "%s: stopped after iteration %zu, %s; run the same command to resume\n", signal_name(number),
                get_current_batch(t->net), t->stopped ? "checkpoint saved" : "nothing new to save");
    count_lost(t, end_report(&t->watch, number ? REPORT_STOPPED : REPORT_FINISHED, 0, error), error);
    if (close_watch(&t->watch, error)) note_lost(t, error);
    if (t->lost) fprintf(stderr, "%d saves failed, the last one was: %s\n", t->lost, printable(t->lost_last));
    return t->lost ? 1 : number ? 128 + number : 0;
}
