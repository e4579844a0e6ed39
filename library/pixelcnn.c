/*
pixelcnn.c - the functions of libpixelcnn. See pixelcnn.h; how a call runs: call.h.
*/
#include "pixelcnn.h"
#include <limits.h>
#include <math.h>
#include <string.h>
#include "build_net.h"
#include "call.h"
#include "errors.h"
#include "evaluate.h"
#include "label_embed_layer.h"
#include "labels.h"
#include "pixel_softmax_layer.h"
#include "sampler.h"

enum { USUAL_BATCH = 16, MOST_BATCH = 65536 };

struct pixelcnn {
    network *net;
    int batch;
};

/* ---- nets ---- */

typedef struct {
    const char *cfg, *weights;
    int batch;
    pixelcnn *made;
} load_wish;

static void load(void *what)
{
    load_wish *w = what;
    if (!w->cfg || !w->weights)
        die("pixelcnn_load: %s: expected the name of a file, got NULL", w->cfg ? "weights" : "cfg");
    if (w->batch < 0 || w->batch > MOST_BATCH) die("pixelcnn_load: batch %d: expected 0 to %d", w->batch, MOST_BATCH);
    pixelcnn *p = checked_calloc(1, sizeof *p);
    p->batch = w->batch ? w->batch : USUAL_BATCH;
    p->net = parse_pixelcnn_cfg(w->cfg, (net_wish){.batch = p->batch});
    load_weights(p->net, (char *)w->weights);
    w->made = p;
}

pixelcnn *pixelcnn_load(const char *cfg, const char *weights, int batch)
{
    load_wish w = {cfg, weights, batch, 0};
    return library_call(load, &w) ? 0 : w.made;
}

static void free_all(void *what)
{
    pixelcnn *p = what;
    free_network(p->net);
    free(p);
}

void pixelcnn_free(pixelcnn *p)
{
    if (p) library_call(free_all, p);
}

static int classes_of(const pixelcnn *p)
{
    const label_embed *label = label_of(*p->net);
    return label ? label->classes : 0;
}

int pixelcnn_channels(const pixelcnn *p) { return p->net->c; }
int pixelcnn_height(const pixelcnn *p) { return p->net->h; }
int pixelcnn_width(const pixelcnn *p) { return p->net->w; }
int pixelcnn_levels(const pixelcnn *p) { return loss_of(p->net)->levels; }
int pixelcnn_classes(const pixelcnn *p) { return classes_of(p); }

/* ---- what calls are given ---- */

/* n images and their labels; of a function that errors name. */
typedef struct {
    const char *function;
    const pixelcnn *p;
    int n;
    const float *labels;
    const void *images, *result;
} batch;

static void check_batch(const batch *b)
{
    if (!b->p) die("%s: the net is NULL; pixelcnn_error() says why right after pixelcnn_load", b->function);
    int most = INT_MAX / b->p->net->truths;
    if (b->n < 1 || b->n > most) die("%s: %d images: expected 1 to %d", b->function, b->n, most);
    if (!b->images || !b->result) die("%s: images or results are NULL", b->function);
}

/* A copy of the labels, zeros where there are none; NULL for a net without. */
static float *batch_labels(const batch *b)
{
    int classes = classes_of(b->p);
    if (b->labels && !classes) die("%s: labels: this net has no [label_embed]; give NULL", b->function);
    if (!classes) return 0;
    float *labels = checked_calloc((size_t)b->n * classes, sizeof(float));
    for (size_t i = 0; b->labels && i < (size_t)b->n * classes; ++i) {
        if (!isfinite(b->labels[i]))
            die("%s: labels: number %zu of image %zu is %g", b->function, i % classes, i / classes, b->labels[i]);
        labels[i] = b->labels[i];
    }
    return labels;
}

typedef struct {
    pixelcnn *p;
    const char *words;
    int n;
    float *labels;
} naming;

static void name_labels(void *what)
{
    naming *n = what;
    check_batch(&(batch){"pixelcnn_labels", n->p, n->n, 0, n->labels, n->labels});
    int classes = classes_of(n->p), all = n->words && !strcmp(n->words, "all");
    if (!classes) die("pixelcnn_labels: this net has no [label_embed]; give NULL in place of labels");
    if (all && n->n % classes) die("pixelcnn_labels: all: %d images: expected a multiple of %d classes", n->n, classes);
    float *labels = labels_of_images(n->words, n->n, all ? n->n / classes : 1, classes);
    memcpy(n->labels, labels, (size_t)n->n * classes * sizeof(float));
    free(labels);
}

int pixelcnn_labels(pixelcnn *p, const char *words, int n, float *labels)
{
    return library_call(name_labels, &(naming){p, words, n, labels});
}

/* ---- drawing ---- */

typedef struct {
    batch b;
    int completes;
    const unsigned char *mask;
    const pixelcnn_draw *how;
    unsigned char *images;
} drawing;

static sample_wish wish_of(const drawing *d, const float *labels)
{
    static const pixelcnn_draw usual = PIXELCNN_DRAW;
    const pixelcnn_draw *how = d->how ? d->how : &usual;
    const char *function = d->b.function;
    if (how->first < 0 || how->first > INT_MAX - d->b.n) die("%s: first %d: expected 0 or more", function, how->first);
    if (!(how->temperature >= 0 && how->temperature <= 100))
        die("%s: temperature %g: expected 0 to 100", function, how->temperature);
    if (!(how->guidance >= -1 && how->guidance <= 100))
        die("%s: guidance %g: expected -1 to 100", function, how->guidance);
    if (how->guidance != 0 && !labels) die("%s: guidance %g: this net has no [label_embed]", function, how->guidance);
    return (sample_wish){.n = d->b.n,
                         .first = how->first,
                         .seed = how->seed,
                         .temperature = how->temperature,
                         .labels = labels,
                         .guidance = how->guidance,
                         .keep = d->mask};
}

static void draw(void *what)
{
    const drawing *d = what;
    check_batch(&d->b);
    if (d->completes && !d->mask) die("%s: the mask is NULL; pixelcnn_sample draws without one", d->b.function);
    network *net = d->b.p->net;
    int n = d->b.n, levels = loss_of(net)->levels;
    float *labels = batch_labels(&d->b);
    sample_wish wish = wish_of(d, labels);
    unsigned char *drawn = checked_calloc(n, net->truths);
    for (int i = 0; d->completes && i < n * net->truths; ++i) drawn[i] = level_of_byte(d->images[i], levels);
    sample_cached(net, wish, drawn);
    for (int i = 0; i < n * net->truths; ++i) d->images[i] = byte_of_level(drawn[i], levels);
    free(drawn);
    free(labels);
}

int pixelcnn_sample(pixelcnn *p, int n, const float *labels, const pixelcnn_draw *how, unsigned char *images)
{
    batch b = {"pixelcnn_sample", p, n, labels, images, images};
    return library_call(draw, &(drawing){.b = b, .how = how, .images = images});
}

int pixelcnn_complete(pixelcnn *p, int n, const float *labels, const unsigned char *mask, const pixelcnn_draw *how,
                      unsigned char *images)
{
    batch b = {"pixelcnn_complete", p, n, labels, images, images};
    return library_call(draw, &(drawing){.b = b, .completes = 1, .mask = mask, .how = how, .images = images});
}

/* ---- likelihood ---- */

typedef struct {
    batch b;
    double *nats;
} scoring;

static void score(void *what)
{
    const scoring *s = what;
    check_batch(&s->b);
    network *net = s->b.p->net;
    float *labels = batch_labels(&s->b);
    double *nats = checked_calloc(s->b.n, sizeof(double));
    dataset d = {.n = s->b.n,
                 .c = net->c,
                 .h = net->h,
                 .w = net->w,
                 .pixels = (unsigned char *)s->b.images,
                 .labels = labels,
                 .classes = classes_of(s->b.p)};
    set_batch_network(net, s->b.p->batch); // a call that failed may have left another
    evaluate(net, &d, 0, d.n, nats);
    memcpy(s->nats, nats, d.n * sizeof(double));
    free(nats);
    free(labels);
}

int pixelcnn_nll(pixelcnn *p, int n, const unsigned char *images, const float *labels, double *nats)
{
    return library_call(score, &(scoring){{"pixelcnn_nll", p, n, labels, images, nats}, nats});
}

/* ---- the library ---- */

const char *pixelcnn_error(void) { return call_error(); }
void pixelcnn_verbose(int on) { call_verbose(on); }
const char *pixelcnn_version(void) { return PIXELCNN_VERSION; }
