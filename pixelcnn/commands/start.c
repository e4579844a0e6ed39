#include <errno.h>
#include <stdlib.h>
#include "base/errors.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/text.h"
#include "pixelcnn/commands/start.h"
#include "pixelcnn/train/checkpoint.h"

char *base_of_cfg(const char *cfg)
{
    const char *name = name_in_path(cfg), *dot = strrchr(name, '.');
    return dot && dot > name ? format_text("%.*s", (int)(dot - name), name) : copy_text(name);
}

/* ---- the origin of a run ---- */

enum { HASH_BLOCK = 1 << 20, CLASS_BLOCK = 4096 }; // bytes, images

static uint64_t hash_images(const dataset *d, uint64_t seed)
{
    size_t bytes = (size_t)d->c * d->h * d->w;
    int most = bytes < HASH_BLOCK ? (int)(HASH_BLOCK / bytes) : 1;
    unsigned char *some = checked_malloc(most * bytes);
    XXH64_state_t hash;
    XXH64_reset(&hash, seed);
    for (int i = 0, n; i < d->n; i += n) {
        n = d->n - i < most ? d->n - i : most;
        read_images(d, i, n, some);
        XXH64_update(&hash, some, n * bytes);
    }
    free(some);
    return XXH64_digest(&hash);
}

/* As floats, one-hot. */
static void hash_classes(const dataset *d, XXH64_state_t *hash)
{
    int class[CLASS_BLOCK];
    float *label = checked_calloc(d->classes, sizeof *label);
    for (int i = 0, n; i < d->n; i += n) {
        n = d->n - i < CLASS_BLOCK ? d->n - i : CLASS_BLOCK;
        read_class_numbers(d, i, n, class);
        for (int k = 0; k < n; ++k) {
            one_hot_label(label, d->classes, class[k]);
            XXH64_update(hash, label, d->classes * sizeof *label);
        }
    }
    free(label);
}

static uint64_t hash_labels(const dataset *d, uint64_t seed)
{
    XXH64_state_t hash;
    XXH64_reset(&hash, seed);
    if (d->labels)
        XXH64_update(&hash, d->labels, (size_t)d->n * d->classes * sizeof *d->labels);
    else
        hash_classes(d, &hash);
    return XXH64_digest(&hash);
}

/* The hash of all of it, in order, as in every version: a checkpoint belongs to these data. */
static uint64_t hash_of_data(const dataset *d)
{
    int shape[] = {d->n, d->c, d->h, d->w, has_labels(d) ? d->classes : 0};
    uint64_t hash = hash_images(d, XXH64(shape, sizeof shape, 0));
    if (has_labels(d)) hash = hash_labels(d, hash);
    return hash ? hash : 1;
}

static file_mark mark_of(const char *file)
{
    file_mark m;
    if (mark_file(file, &m)) die("%s: cannot read: %s", file, strerror(errno));
    return m;
}

static training_origin origin_now(const start_request *q)
{
    training_origin o = {.cfg_text = mark_of(q->cfg).hash, .data = hash_of_data(q->data)};
    char *path = realpath(q->cfg, 0);
    write_printable(o.cfg, sizeof o.cfg, path ? path : q->cfg);
    free(path);
    if (q->weights) o.start = mark_of(q->weights);
    return o;
}

/* ---- resuming ---- */

static void say_rounding(const char *what, const char *then, const char *now)
{
    fprintf(stderr, "%s: the checkpoint used %s, now %s: results will differ by rounding\n", what, printable(then),
            printable(now));
}

/* CPUs of all kinds compute the same bits. Earlier versions named the vector instructions; AVX-512 and AVX2
   gave these bits, SSE others. */
static int round_alike(const char *then, const char *now)
{
    int fused = !strcmp(then, "AVX2") || !strcmp(then, "AVX-512");
    return !strcmp(then, now) || (fused && !strcmp(now, "CPU"));
}

/* Differences that change how sums are rounded. */
static void compare_machines(const start_request *q, const state_file *s)
{
    char then[64], now[64], *mine = settings_text(q->net, 0);
    static const char *const keys[] = {"machine", "subdivisions"};
    for (int i = 0; s->settings && i < 2; ++i) {
        if (find_setting(mine, "note", keys[i], now, sizeof now) &&
            find_setting(s->settings, "note", keys[i], then, sizeof then) && !round_alike(then, now))
            say_rounding(keys[i], then, now);
    }
    free(mine);
}

/* Earlier versions warmed up to learning_rate, whatever the policy. */
static void compare_warm_ups(const start_request *q, const state_file *s)
{
    char to[16];
    size_t batch = get_current_batch(q->net);
    if (q->net->policy == CONSTANT || batch >= (size_t)q->net->burn_in) return;
    if (s->settings && find_setting(s->settings, "note", "burn_in_to", to, sizeof to)) return;
    fprintf(stderr,
            "burn_in: the checkpoint was trained by an earlier version, whose rate rose to learning_rate; from "
            "iteration %zu on it rises to the policy's\n",
            batch + 1);
}

static void compare_runs(const start_request *q, const state_file *s, const training_progress *now)
{
    if (!s->same_schedule)
        fprintf(stderr, "the cfg's learning rate or distortion has changed%s%s; its new values apply from here on\n",
                s->changed[0] ? ": " : "", printable(s->changed));
    compare_warm_ups(q, s);
    compare_machines(q, s);
    if (q->seed_given && s->done.seed != (uint64_t)q->seed)
        die("-seed %d: the checkpoint was trained with %llu; omit -seed, or start over with -clear", q->seed,
            (unsigned long long)s->done.seed);
    if (s->done.images != now->images && !strcmp(q->resume, "auto"))
        die("%llu training images, but the checkpoint was trained on %llu: use the same data",
            (unsigned long long)now->images, (unsigned long long)s->done.images);
}

/* All iterations are done, and the final weights are those of this state. */
static int is_finished(const start_request *q, const state_file *s)
{
    char file[PATH_MAX];
    size_t batch = get_current_batch(q->net);
    if (batch < (size_t)q->net->max_batches) return 0;
    if (snprintf(file, sizeof file, "%s/%s_final.weights", q->backup, q->base) >= PATH_MAX) return 0;
    if (!is_final_weights_of(file, s)) return 0;
    if (s->done.due) return 1;
    fprintf(
        stderr,
        "iteration %zu of max_batches %d: already finished; raise max_batches to continue, or start over with -clear\n",
        batch, q->net->max_batches);
    return 1;
}

/* Earlier versions cut the cfg's name at its first dot. */
static void mention_old_name(const start_request *q)
{
    char *old = basecfg((char *)q->cfg), file[PATH_MAX];
    state_file s;
    snprintf(file, sizeof file, "%s/%s_last.state", q->backup, old);
    if (strcmp(old, q->base) && !peek_state(file, &s)) {
        if (!s.settings)
            fprintf(
                stderr,
                "%s: a checkpoint of an earlier version, which used that name for this cfg; to resume it: -resume %s\n",
                printable(file), printable(file));
        free_state(&s);
    }
    free(old);
}

static int resume(const start_request *q, training_progress *done, training_start *from)
{
    state_file s;
    const char *named = strcmp(q->resume, "auto") ? q->resume : 0;
    if (!resume_checkpoint(q->net, q->backup, q->base, named, &from->from, &s)) return 0;
    compare_runs(q, &s, done);
    from->finished = is_finished(q, &s);
    from->from.start = s.from.start;
    s.done.unused = 0;
    s.done.images = done->images; // FILE.state may belong to other data
    *done = s.done;
    free_state(&s);
    return 1;
}

/* ---- starting ---- */

typedef enum { NEW_WEIGHTS, GIVEN_WEIGHTS, CHECKPOINT } start_kind;

/* Decides by the options and the folder. If the folder's checkpoint started from the given weights, it is
   resumed, so that repeating the same command loses nothing. */
static start_kind requested_start(const start_request *q)
{
    int automatic = !strcmp(q->resume, "auto"), none = q->clear || !strcmp(q->resume, "none");
    if (q->weights && !automatic && !none)
        die("-resume %s: cannot be combined with the weights %s", q->resume, q->weights);
    if (none) return q->weights ? GIVEN_WEIGHTS : NEW_WEIGHTS;
    if (!q->weights) return CHECKPOINT;
    if (!has_checkpoint(q->backup, q->base)) return GIVEN_WEIGHTS;
    if (checkpoint_started_from(q->backup, q->base, q->weights)) {
        fprintf(stderr,
                "%s: resuming the checkpoint in %s, which started from or has these weights; -clear starts over\n",
                printable(q->weights), printable(q->backup));
        return CHECKPOINT;
    }
    fprintf(
        stderr,
        "starting from %s; ignoring the checkpoint in %s, which did not start from it; the second save replaces it\n",
        printable(q->weights), printable(q->backup));
    return GIVEN_WEIGHTS;
}

static void forget_images_seen(const start_request *q)
{
    size_t seen = *q->net->seen;
    *q->net->seen = 0;
    if (seen)
        fprintf(stderr, "%s: not counting the %zu image%s that it has seen: this run starts at iteration 0\n",
                printable(q->weights), seen, plural_s(seen));
}

training_start choose_start(const start_request *q, training_progress *done)
{
    training_start from = {.from = origin_now(q)};
    start_kind kind = requested_start(q);
    from.resumed = kind == CHECKPOINT && resume(q, done, &from);
    if (from.resumed) return from;
    if (q->weights) forget_images_seen(q);
    if (kind == CHECKPOINT && !q->weights) mention_old_name(q);
    return from;
}
