#include "base/errors.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/ranks.h"
#include "base/text.h"
#include "base/threads.h"
#include "layers/label_embed_layer.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/commands/generation.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/data/shares.h"
#include "pixelcnn/watch/task.h"

/* ---- drawing ---- */

enum { MOST_BLOCK = 4096, BLOCK_BYTES = 8 << 20, LANES = 16 }; // images; bytes; images that a thread draws at once

typedef struct {
    const draw_request *t;
    generation *g;
    take_images take;
    void *context;
    size_t block; // images
    char *seen;   // (classes)
} drawing;

float *labels_of_request(const draw_request *t, int first, int n)
{
    if (!t->label) return 0;
    size_t floats = label_of(t->net)->classes;
    float *labels = checked_calloc(n, floats * sizeof(float));
    for (int i = 0; i < n; ++i) memcpy(labels + i * floats, t->label(t->from, first + i), floats * sizeof(float));
    return labels;
}

/* Levels, then the nats of each image. */
static void draw_block(void *what, index_range items, byte_buffer *to)
{
    const draw_request *t = ((drawing *)what)->t;
    int first = (int)items.from, n = (int)(items.end - items.from);
    size_t values = t->net->truths;
    unsigned char *levels = checked_calloc(n, values);
    double *nll = checked_calloc(n, sizeof *nll);
    for (int i = 0; t->start && i < n; ++i) memcpy(levels + i * values, t->start(t->from, first + i), values);
    float *labels = labels_of_request(t, first, n);
    t->sampler(t->net,
               (sample_request){.n = n,
                                .first = first,
                                .seed = t->o->seed,
                                .temperature = t->o->temperature,
                                .guidance = t->o->guidance,
                                .keep = t->keep,
                                .labels = labels,
                                .nll = nll},
               levels);
    append_bytes(to, levels, n * values);
    append_bytes(to, nll, n * sizeof *nll);
    free(levels);
    free(labels);
    free(nll);
}

/* Adds the names of classes that have not been drawn before. */
static void note_names(drawing *d, int first, int n)
{
    const label_embed *e = label_of(d->t->net);
    for (int i = 0; d->seen && i < n; ++i) {
        int k = class_of_label(d->t->label(d->t->from, first + i), e);
        if (k < 0 || d->seen[k]) continue;
        d->seen[k] = 1;
        d->g->names[d->g->nnames++] = e->names[k];
    }
}

static void take_block(void *what, index_range items, const void *data, size_t bytes)
{
    drawing *d = what;
    const draw_request *t = d->t;
    int first = (int)items.from, n = (int)(items.end - items.from), levels = loss_of(t->net)->levels;
    size_t values = n * (size_t)t->net->truths;
    unsigned char *images = checked_malloc(values);
    double nll;
    (void)bytes;
    for (size_t i = 0; i < values; ++i) images[i] = byte_of_level(((const unsigned char *)data)[i], levels);
    for (int i = 0; i < n; ++i) {
        memcpy(&nll, (const char *)data + values + i * sizeof nll, sizeof nll);
        d->g->nats += nll;
    }
    note_names(d, first, n);
    count_other_ranks(items.from / d->block, values);
    d->take(d->context, first, n, images);
    free(images);
}

/* Divides few images evenly; of many, each thread draws groups of LANES. The same on all ranks, however many
   threads they have. */
static size_t block_images(const draw_request *t)
{
    if (t->sampler == sample_naive) return t->net->batch / (t->o->guidance != 0 ? 2 : 1);
    int64_t group = LANES * max_threads();
    largest_integers(&group, 1);
    int64_t most = BLOCK_BYTES / t->net->truths / group * group, each = (t->n + rank_count() - 1) / rank_count();
    if (most > MOST_BLOCK) most = MOST_BLOCK;
    if (most < group) most = group;
    return each < most ? each : most;
}

void generate_images(const draw_request *t, generation *g, take_images take, void *context)
{
    const label_embed *e = label_of(t->net);
    drawing d = {.t = t, .g = g, .take = take, .context = context, .block = block_images(t)};
    if (t->label && e->names && !e->attributes) {
        d.seen = checked_calloc(e->classes, 1);
        g->names = checked_calloc(e->classes, sizeof *g->names);
    }
    begin_images("drawing", t->n, t->net->truths);
    double start = what_time_is_it_now();
    share_work(&(shared_work){t->n, d.block, draw_block, take_block, &d});
    g->seconds = what_time_is_it_now() - start;
    end_task();
    g->images = t->n;
    g->w = t->net->w;
    g->h = t->net->h;
    g->nats /= t->n;
    free(d.seen);
}

void need_label(const char *command, const draw_options *o, const network *net)
{
    const label_embed *label = label_of(net);
    char guidance[128];
    snprintf(guidance, sizeof guidance, "pixelcnn %s: -guidance %g", command, o->guidance);
    if (label && o->guidance != 0) require_label_dropout(label, guidance, "omit -guidance");
    if (label) return;
    if (o->guidance != 0) die("pixelcnn %s: -guidance: this net has no [label_embed]; omit -guidance", command);
    if (o->label) die("pixelcnn %s: -label %s: this net has no [label_embed]; omit -label", command, o->label);
}

/* image: its number, or -1 for all. */
static char *text_of(const generation *g, const char *label, int image)
{
    char *text = 0;
    size_t bytes;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) die("pixelcnn %s: out of memory", g->command);
    fprintf(f, "command: pixelcnn %s\nseed: %d\nlabel: %s\ntemperature: %g\nguidance: %g\nweights: %s", g->command,
            g->with.seed, printable(label), g->with.temperature, g->with.guidance, printable(name_in_path(g->weights)));
    if (g->given) fprintf(f, "\ngiven: %s", printable(g->given));
    if (image >= 0) fprintf(f, "\nimage: %d", image);
    if (fclose(f)) die("pixelcnn %s: out of memory", g->command);
    return text;
}

char *generation_text(const generation *g) { return text_of(g, g->label, -1); }

char *image_text(const generation *g, int i, int class)
{
    char name[16];
    snprintf(name, sizeof name, "%d", class);
    return text_of(g, class < 0 ? g->label : name, i);
}

static void print_line(const generation *g)
{
    fprintf(g->to, "%s: %d image%s of %d x %d", printable_on(g->to, g->files), g->images, plural_s(g->images), g->w,
            g->h);
    if (g->given) fprintf(g->to, ", given %s", printable_on(g->to, g->given));
    fprintf(g->to, ", label %s, seed %d, temperature %g, %.2f seconds\n", printable_on(g->to, g->label), g->with.seed,
            g->with.temperature, g->seconds);
}

static void print_names(json_writer *j, const generation *g)
{
    json_begin(j, "label_names", '[');
    for (int i = 0; i < g->nnames; ++i) json_text(j, 0, g->names[i]);
    json_end(j, ']');
}

static void print_json(const generation *g)
{
    json_writer j = {.to = g->to};
    json_begin(&j, 0, '{');
    if (g->with.out) json_text(&j, "file", g->with.out);
    if (g->with.npy) json_text(&j, "npy", g->with.npy);
    if (g->with.gif) json_text(&j, "gif", g->with.gif);
    json_number(&j, "images", "%d", g->images);
    json_number(&j, "width", "%d", g->w);
    json_number(&j, "height", "%d", g->h);
    json_text(&j, "label", g->label);
    if (g->names) print_names(&j, g);
    if (g->given) json_text(&j, "given", g->given);
    json_number(&j, "seed", "%d", g->with.seed);
    json_number(&j, "temperature", "%g", g->with.temperature);
    json_number(&j, "guidance", "%g", g->with.guidance);
    json_number(&j, "seconds", "%.3f", g->seconds);
    json_number(&j, "nats_per_image", "%.6f", g->nats);
    json_end(&j, '}');
}

void print_generation(const generation *g) { (g->with.json ? print_json : print_line)(g); }
