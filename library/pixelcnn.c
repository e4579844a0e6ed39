/* Nets, and the library as a whole; call.h says how a call runs. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/cancel.h"
#include "base/errors.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/threads.h"
#include "layers/label_embed_layer.h"
#include "layers/pixel_softmax_layer.h"
#include "library/call.h"
#include "library/net.h"
#include "pixelcnn/data/labels.h"
#include "pixelcnn/net/build_net.h"
#include "pixelcnn/net/weights.h"

enum { USUAL_BATCH = 16, MOST_BATCH = 65536 };

/* ---- nets ---- */

typedef struct {
    const char *function;
    const char *cfg, *weights; // files
    const void *bytes;         // in place of the weights' file; then cfg is the text
    size_t size;
    int batch;
    pixelcnn *made;
} load_request;

static network *load_files(const load_request *w, net_overrides overrides)
{
    if (!w->cfg || !w->weights)
        die("%s: %s: expected the name of a file, got NULL", w->function, w->cfg ? "weights" : "cfg");
    return open_net(w->cfg, w->weights, overrides);
}

static network *load_texts(const load_request *w, net_overrides overrides)
{
    if (!w->cfg || !w->bytes) die("%s: %s is NULL", w->function, w->cfg ? "weights" : "cfg");
    network *net = parse_pixelcnn_text("cfg", w->cfg, overrides);
    load_weights_bytes(net, "weights", w->bytes, w->size);
    return net;
}

static void load(load_request *w, network *(*read)(const load_request *w, net_overrides overrides))
{
    if (w->batch < 0 || w->batch > MOST_BATCH) die("%s: batch %d: expected 0 to %d", w->function, w->batch, MOST_BATCH);
    int images = w->batch ? w->batch : USUAL_BATCH;
    network *net = read(w, (net_overrides){.batch = images});
    w->made = checked_calloc(1, sizeof *w->made);
    w->made->net = net;
    w->made->batch = images;
}

static void load_from_files(void *what) { load(what, load_files); }
static void load_from_memory(void *what) { load(what, load_texts); }

pixelcnn *pixelcnn_load(const char *cfg, const char *weights, int batch)
{
    load_request w = {.function = __func__, .cfg = cfg, .weights = weights, .batch = batch};
    return library_call(load_from_files, &w) ? 0 : w.made;
}

pixelcnn *pixelcnn_load_memory(const char *cfg, const void *weights, size_t bytes, int batch)
{
    load_request w = {.function = __func__, .cfg = cfg, .bytes = weights, .size = bytes, .batch = batch};
    return library_call(load_from_memory, &w) ? 0 : w.made;
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

void need_net(const char *function, const pixelcnn *p)
{
    if (!p) die(NO_NET, function);
}

static int has_net(const pixelcnn *p, const char *function)
{
    if (!p) call_failed(NO_NET, function);
    return p != 0;
}

int net_classes(const pixelcnn *p)
{
    const label_embed *label = label_of(p->net);
    return label ? label->classes : 0;
}

int pixelcnn_channels(const pixelcnn *p) { return has_net(p, __func__) ? p->net->c : -1; }
int pixelcnn_height(const pixelcnn *p) { return has_net(p, __func__) ? p->net->h : -1; }
int pixelcnn_width(const pixelcnn *p) { return has_net(p, __func__) ? p->net->w : -1; }
int pixelcnn_levels(const pixelcnn *p) { return has_net(p, __func__) ? loss_of(p->net)->levels : -1; }
int pixelcnn_classes(const pixelcnn *p) { return has_net(p, __func__) ? net_classes(p) : -1; }

int pixelcnn_attributes(const pixelcnn *p)
{
    if (!has_net(p, __func__)) return -1;
    const label_embed *e = label_of(p->net);
    return e && e->attributes;
}

/* ---- arguments ---- */

void begin_batch(const image_batch *b)
{
    need_net(b->function, b->p);
    int most = INT_MAX / b->p->net->truths;
    if (b->n < 1 || b->n > most) die("%s: %d images: expected 1 to %d", b->function, b->n, most);
    if (!b->images || !b->result) die("%s: images or results are NULL", b->function);
    set_cancel(b->p->cancel, b->p->context);
}

void end_batch(const image_batch *b)
{
    if (is_cancelled()) die_with_status(CANCELLED, "%s: cancelled", b->function);
}

float *batch_labels(const image_batch *b, int first)
{
    const label_embed *e = label_of(b->p->net);
    if (b->labels && !e) die("%s: labels: this net has no [label_embed]; give NULL", b->function);
    if (!e) return 0;
    if (!b->labels && e->attributes)
        die("%s: labels are NULL: this net has attributes=1 in its [label_embed] and needs %d number%s an image",
            b->function, e->classes, plural_s(e->classes));
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
    begin_batch(&(image_batch){"pixelcnn_labels", n->p, n->n, 0, n->labels, n->labels});
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

/* ---- calls ---- */

typedef struct {
    pixelcnn *p;
    pixelcnn_cancel cancel;
    void *context;
} cancel_setting;

static void set_on_cancel(void *what)
{
    const cancel_setting *s = what;
    need_net("pixelcnn_on_cancel", s->p);
    s->p->cancel = s->cancel;
    s->p->context = s->context;
}

int pixelcnn_on_cancel(pixelcnn *p, pixelcnn_cancel cancel, void *context)
{
    return library_call(set_on_cancel, &(cancel_setting){p, cancel, context});
}

int pixelcnn_threads(int n)
{
    if (n < 0 || n > MOST_THREADS) {
        call_failed("pixelcnn_threads: %d: expected 1 to %d, or 0 for the default", n, MOST_THREADS);
        return -1;
    }
    call_threads(n);
    return 0;
}

const char *pixelcnn_error(void) { return call_error(); }
void pixelcnn_verbose(int on) { call_verbose(on); }
const char *pixelcnn_version(void) { return PIXELCNN_VERSION; }
