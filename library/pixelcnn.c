/*
pixelcnn.c - the functions of libpixelcnn. See pixelcnn.h, and call.h for how a call runs.
*/
#include <limits.h>
#include <string.h>
#include "base/errors.h"
#include "layers/label_embed_layer.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "library/call.h"
#include "library/pixelcnn.h"
#include "pixelcnn/data/evaluate.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/sample/sampler.h"

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
} load_request;

static void load(void *what)
{
    load_request *w = what;
    if (!w->cfg || !w->weights)
        die("pixelcnn_load: %s: expected the name of a file, got NULL", w->cfg ? "weights" : "cfg");
    if (w->batch < 0 || w->batch > MOST_BATCH) die("pixelcnn_load: batch %d: expected 0 to %d", w->batch, MOST_BATCH);
    pixelcnn *p = checked_calloc(1, sizeof *p);
    p->batch = w->batch ? w->batch : USUAL_BATCH;
    p->net = parse_pixelcnn_cfg(w->cfg, (net_overrides){.batch = p->batch});
    load_weights(p->net, (char *)w->weights);
    w->made = p;
}

pixelcnn *pixelcnn_load(const char *cfg, const char *weights, int batch)
{
    load_request w = {cfg, weights, batch, 0};
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

#define NO_NET "%s: the net is NULL; pixelcnn_error() says why right after pixelcnn_load"

static int has_net(const pixelcnn *p, const char *function)
{
    if (!p) call_failed(NO_NET, function);
    return p != 0;
}

static int classes_of(const pixelcnn *p)
{
    const label_embed *label = label_of(p->net);
    return label ? label->classes : 0;
}

int pixelcnn_channels(const pixelcnn *p) { return has_net(p, __func__) ? p->net->c : -1; }
int pixelcnn_height(const pixelcnn *p) { return has_net(p, __func__) ? p->net->h : -1; }
int pixelcnn_width(const pixelcnn *p) { return has_net(p, __func__) ? p->net->w : -1; }
int pixelcnn_levels(const pixelcnn *p) { return has_net(p, __func__) ? loss_of(p->net)->levels : -1; }
int pixelcnn_classes(const pixelcnn *p) { return has_net(p, __func__) ? classes_of(p) : -1; }

int pixelcnn_attributes(const pixelcnn *p)
{
    if (!has_net(p, __func__)) return -1;
    const label_embed *e = label_of(p->net);
    return e && e->attributes;
}

/* ---- arguments ---- */

/* n images and their labels; `function` is for error messages. */
typedef struct {
    const char *function;
    const pixelcnn *p;
    int n;
    const float *labels;
    const void *images, *result;
} batch;

static void check_batch(const batch *b)
{
    if (!b->p) die(NO_NET, b->function);
    int most = INT_MAX / b->p->net->truths;
    if (b->n < 1 || b->n > most) die("%s: %d images: expected 1 to %d", b->function, b->n, most);
    if (!b->images || !b->result) die("%s: images or results are NULL", b->function);
}

/* A copy of the labels, or the classes in turn from that of image `first` if there are none. NULL for a net
   without labels. */
static float *batch_labels(const batch *b, int first)
{
    const label_embed *e = label_of(b->p->net);
    if (b->labels && !e) die("%s: labels: this net has no [label_embed]; give NULL", b->function);
    if (!e) return 0;
    if (!b->labels && e->attributes)
        die("%s: labels are NULL: this net has attributes=1 in its [label_embed] and needs %d number%s an image",
            b->function, e->classes, e->classes == 1 ? "" : "s");
    if (!b->labels) return classes_in_turn(first, b->n, e);
    check_labels(b->function, b->labels, b->n, e);
    size_t bytes = (size_t)b->n * e->classes * sizeof(float);
    return memcpy(checked_calloc(1, bytes), b->labels, bytes);
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
    const label_embed *e = label_of(n->p->net);
    if (!e) die("pixelcnn_labels: this net has no [label_embed]; give NULL in place of labels");
    int classes = e->classes, all = n->words && !strcmp(n->words, "all");
    if (all && !e->attributes && n->n % classes)
        die("pixelcnn_labels: all: %d images: expected a multiple of %d classes", n->n, classes);
    float *labels = labels_of_images(n->words, n->n, all ? n->n / classes : 1, e);
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

/* Converts a temperature for the sampler: 0 means the default here, but the likeliest value there. */
static double sampling_temperature(const char *function, double temperature)
{
    if (temperature == PIXELCNN_GREEDY) return 0;
    if (!(temperature >= 0 && temperature <= 100))
        die("%s: temperature %g: expected 0 to 100 (0: the default, 1), or PIXELCNN_GREEDY", function, temperature);
    return temperature == 0 ? 1 : temperature;
}

static void check_guidance(const drawing *d, double guidance)
{
    char what[64];
    const label_embed *e = label_of(d->b.p->net);
    snprintf(what, sizeof what, "%s: guidance %g", d->b.function, guidance);
    if (!(guidance >= -1 && guidance <= 100)) die("%s: expected -1 to 100", what);
    if (guidance != 0 && !e) die("%s: this net has no [label_embed]", what);
    if (guidance != 0) require_label_dropout(e, what, "use 0");
}

/* Its labels are a copy to free, or NULL. */
static sample_request drawing_request(const drawing *d)
{
    pixelcnn_draw how = d->how ? *d->how : (pixelcnn_draw){0};
    if (how.first < 0 || how.first > INT_MAX - d->b.n)
        die("%s: first %d: expected 0 or more, and at most 2147483647 images in all", d->b.function, how.first);
    double temperature = sampling_temperature(d->b.function, how.temperature);
    check_guidance(d, how.guidance);
    return (sample_request){.n = d->b.n,
                            .first = how.first,
                            .seed = how.seed,
                            .temperature = temperature,
                            .labels = batch_labels(&d->b, how.first),
                            .guidance = how.guidance,
                            .keep = d->mask};
}

static void draw(void *what)
{
    const drawing *d = what;
    check_batch(&d->b);
    if (d->completes && !d->mask) die("%s: the mask is NULL; pixelcnn_sample draws without one", d->b.function);
    network *net = d->b.p->net;
    int n = d->b.n, levels = loss_of(net)->levels;
    sample_request request = drawing_request(d);
    unsigned char *drawn = checked_calloc(n, net->truths);
    for (int i = 0; d->completes && i < n * net->truths; ++i) drawn[i] = level_of_byte(d->images[i], levels);
    sample_cached(net, request, drawn);
    for (int i = 0; i < n * net->truths; ++i) d->images[i] = byte_of_level(drawn[i], levels);
    free(drawn);
    free((float *)request.labels);
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
    float *labels = batch_labels(&s->b, 0);
    double *nats = checked_calloc(s->b.n, sizeof(double));
    dataset d = {.n = s->b.n,
                 .c = net->c,
                 .h = net->h,
                 .w = net->w,
                 .pixels = (unsigned char *)s->b.images,
                 .labels = labels,
                 .classes = classes_of(s->b.p)};
    set_batch_network(net, s->b.p->batch); // a failed call may have left another batch
    if (labels && !s->b.labels)
        evaluate_unlabelled(net, &d, d.n, nats);
    else
        evaluate_likelihood(net, &d, 0, d.n, nats);
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
