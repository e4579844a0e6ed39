#include <math.h>
#include <string.h>
#include "base/cancel.h"
#include "base/errors.h"
#include "base/progress.h"
#include "base/random.h"
#include "base/threads.h"
#include "layers/math/levels.h"
#include "layers/math/vector_ops.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/net/net_gpu.h"
#include "pixelcnn/sample/draw_level.h"
#include "pixelcnn/sample/lanes.h"
#include "pixelcnn/sample/sampler.h"
#include "pixelcnn/sample/sampler_gpu.h"

#define LANES_A_GROUP 16 // images drawn together, which share each load of the weights

static int most_likely(const float *logits, int levels)
{
    int best = 0;
    for (int l = 1; l < levels; ++l)
        if (logits[l] > logits[best]) best = l;
    return best;
}

int tempered_shares(const float *logits, int levels, double temperature, float *share)
{
    int top = most_likely(logits, levels);
    for (int l = 0; l < levels; ++l) share[l] = share_exponent(logits[l], logits[top], temperature);
    int filled = padded(levels, PANEL_LANES); // exp_apply takes whole vectors
    memset(share + levels, 0, (filled - levels) * sizeof(float));
    exp_apply(filled, share, share);
    return top;
}

/* *sum: the shares', in the order of the levels. */
static int level_of_shares(const float *share, int levels, int top, double u, double *sum)
{
    double part[SHARE_PARTS];
    int drawn = -1;
    *sum = 0;
    for (int l = 0; l < levels; ++l) *sum += share[l];
    for (int p = 0; levels > FEW_LEVELS && p < SHARE_PARTS; ++p) part[p] = sum_of_part(share, levels, p);
    if (levels > FEW_LEVELS) drawn = level_in_two_steps(part, share, levels, u);
    return drawn < 0 ? level_by_level(share, levels, top, u, *sum) : drawn;
}

int draw_level(const float *logits, int levels, double temperature, double u, double *nll)
{
    if (nll) *nll = 0;
    if (is_greedy(temperature)) return most_likely(logits, levels);
    float share[MOST_LEVELS];
    double sum;
    int top = tempered_shares(logits, levels, temperature, share);
    int drawn = level_of_shares(share, levels, top, u, &sum);
    if (nll) *nll = nats_of_level(logits[drawn], logits[top], temperature, sum);
    return drawn;
}

static int is_guided(const sample_request *w) { return w->labels && w->guidance != 0; }

static int is_kept(const sample_request *w, int pixel) { return w->keep && w->keep[pixel]; }

void check_logits(int image, int position, const float *logits, int levels)
{
    for (int l = 0; l < levels; ++l)
        if (!isfinite(logits[l]))
            die_with_status(3,
                            "image %d, value %d (by rows, then columns, then colours): the logit of level %d is %g; "
                            "the weights are too large",
                            image, position, l, logits[l]);
}

/* Draws the value of image i at a position. `without` (with guidance only) are the logits without label. */
static int draw_value(const sample_request *w, int i, int position, int levels, const float *with, const float *without)
{
    float guided[MOST_LEVELS];
    double nll, u = random_unit(w->seed, STREAM_SAMPLE, w->first + i, position);
    for (int l = 0; is_guided(w) && l < levels; ++l) guided[l] = guided_logit(w->guidance, with[l], without[l]);
    check_logits(w->first + i, position, is_guided(w) ? guided : with, levels);
    int q = draw_level(is_guided(w) ? guided : with, levels, w->temperature, u, w->nll ? &nll : 0);
    if (w->nll) w->nll[i] += nll;
    return q;
}

sample_request part_of_request(const sample_request *w, int from, int n, int classes)
{
    sample_request part = *w;
    part.n = n;
    part.first += from;
    if (w->labels) part.labels += (size_t)from * classes;
    if (w->nll) part.nll += from;
    for (int i = 0; w->nll && i < n; ++i) part.nll[i] = 0;
    return part;
}

static int classes_of(const network *net) { return label_of(net) ? label_of(net)->classes : 0; }

/* ---- cached ---- */

/* A group of images in lanes; with guidance, the same images without labels in as many further lanes. */
typedef struct {
    const packed_net *net;
    lanes *s;
    sample_request w;
    unsigned char *levels;
    int asks; // 1: on the calling thread, which asks whether to continue
} group;

static void put_drawn(const group *g, int i, int c, int colour, int q)
{
    float x = input_of_level(q, g->net->levels);
    lanes_put_value(g->s, i, c, colour, x);
    if (is_guided(&g->w)) lanes_put_value(g->s, g->w.n + i, c, colour, x);
}

static void draw_pixel(const group *g, int r, int c, int wanted)
{
    const packed_net *p = g->net;
    int pixel = r * p->w + c, plane = p->h * p->w, kept = is_kept(&g->w, pixel);
    for (int colour = 0; colour < p->colours; ++colour) {
        if (wanted) lanes_start_value(g->s, c, colour);
        for (int i = 0; i < g->w.n; ++i) {
            unsigned char *q = g->levels + ((size_t)i * p->colours + colour) * plane + pixel;
            if (!kept)
                *q = draw_value(&g->w, i, pixel * p->colours + colour, p->levels, lanes_logits(g->s, i, colour),
                                is_guided(&g->w) ? lanes_logits(g->s, g->w.n + i, colour) : 0);
            put_drawn(g, i, c, colour, *q);
        }
    }
}

static int is_stopped(const group *g) { return g->asks ? ask_cancel() : is_cancelled(); }

/* In each row, horizontal features are needed only up to the last drawn pixel. */
static void draw_group(const group *g)
{
    const packed_net *p = g->net;
    lanes_start_images(g->s, g->w.n * (1 + is_guided(&g->w)), g->w.labels, g->w.n);
    for (int r = 0; r < p->h && !is_stopped(g); ++r) {
        int last = p->w - 1;
        while (last >= 0 && is_kept(&g->w, r * p->w + last)) --last;
        lanes_start_row(g->s, r);
        for (int c = 0; c < p->w && !is_stopped(g); ++c) draw_pixel(g, r, c, c <= last);
        count_progress((long)g->w.n * p->w * p->colours);
    }
}

/* The group size that gives each thread the same number of groups, of nearly equal size. */
static int group_size(const sample_request *w, int threads)
{
    int most = LANES_A_GROUP / (1 + is_guided(w)), groups = (w->n + most - 1) / most;
    groups = (groups + threads - 1) / threads * threads;
    return (w->n + groups - 1) / groups;
}

/* The request of sample_cached, and what its parts share. */
typedef struct {
    const packed_net *p;
    const sample_request *w;
    unsigned char *levels;
    int classes, size; // size: images per group
    int drawers;       // parts that draw; each of the first `helpers` has a part more that helps it
    int helpers;
    int drawing;   // above 0: a part still draws, and none has failed
    long next;     // the first image of the next group
    lanes **lanes; // for each part that draws
} drawing;

static void make_part(void *context, int part)
{
    drawing *d = context;
    if (part >= d->drawers) return;
    d->lanes[part] = make_lanes(d->p, d->size * (1 + is_guided(d->w)));
    if (part < d->helpers) lanes_accept_help(d->lanes[part]);
}

typedef struct {
    drawing *d;
    int part;
} drawing_part;

/* Takes groups until there are no more. */
static void draw_groups(void *argument)
{
    int part = ((drawing_part *)argument)->part;
    drawing *d = ((drawing_part *)argument)->d;
    size_t values = (size_t)d->p->colours * d->p->h * d->p->w;
    for (long i; (i = __atomic_fetch_add(&d->next, d->size, __ATOMIC_RELAXED)) < d->w->n;) {
        int n = d->w->n - i < d->size ? d->w->n - i : d->size;
        draw_group(
            &(group){d->p, d->lanes[part], part_of_request(d->w, i, n, d->classes), d->levels + i * values, !part});
    }
}

/* The parts that draw come first: no thread starts to help before it has drawn. */
static void draw_part(void *context, int part)
{
    drawing *d = context;
    caught_error e;
    if (part >= d->drawers) {
        while (__atomic_load_n(&d->drawing, __ATOMIC_RELAXED) > 0)
            if (!lanes_help(d->lanes[part - d->drawers])) yield_thread();
        return;
    }
    int failed = catch_die(draw_groups, &(drawing_part){d, part}, &e);
    __atomic_fetch_sub(&d->drawing, failed ? d->drawers : 1, __ATOMIC_RELAXED);
    if (failed) die_with_status(e.status, "%s", e.message);
}

static void free_part(void *context, int part)
{
    drawing *d = context;
    if (part < d->drawers) free_lanes(d->lanes[part]);
}

static int lesser(int a, int b) { return a < b ? a : b; }

/* Allocates the memory of all parts before any group starts. */
void sample_cached(network *net, sample_request w, unsigned char *levels)
{
    if (ON_DEVICE(net)) {
        sample_net_gpu(net, w, levels);
        return;
    }
    if (ask_cancel()) return;
    int threads = max_threads();
    drawing d = {.p = pack_net(net), .w = &w, .levels = levels, .classes = classes_of(net)};
    d.size = group_size(&w, threads);
    d.drawing = d.drawers = lesser(threads, (w.n + d.size - 1) / d.size);
    d.helpers = can_be_helped(d.p) ? lesser(d.drawers, threads - d.drawers) : 0;
    require_lanes(d.p, d.size * (1 + is_guided(&w)), d.drawers, "sampling");
    d.lanes = checked_calloc(d.drawers, sizeof *d.lanes);
    run_parts(d.drawers + d.helpers, (phase[]){make_part, draw_part, free_part, 0}, &d);
    free(d.lanes);
    free_packed_net((packed_net *)d.p);
}

/* ---- naive ---- */

/* The L logits at a place (colour, row, column) of image b of the batch just computed. */
static void logits_at(const network *net, int b, int place, float *logits)
{
    int levels = loss_of(net)->levels, plane = net->h * net->w;
    const layer out = net->layers[net->n - 2];
    const float *at = out.output + (size_t)b * out.outputs + (size_t)place / plane * levels * plane + place % plane;
    for (int l = 0; l < levels; ++l) logits[l] = at[(size_t)l * plane];
}

/* Draws the value at one position of each image from the logits just computed. */
static void draw_position(network *net, const sample_request *w, int position, unsigned char *levels)
{
    float with[MOST_LEVELS], without[MOST_LEVELS];
    int pixel = position / net->c, place = position % net->c * net->h * net->w + pixel;
    for (int i = 0; i < w->n; ++i) {
        unsigned char *q = levels + (size_t)i * net->truths + place;
        logits_at(net, i, place, with);
        if (is_guided(w)) logits_at(net, w->n + i, place, without);
        if (!is_kept(w, pixel)) *q = draw_value(w, i, position, loss_of(net)->levels, with, without);
        for (int row = i; row < net->batch; row += w->n)
            net->input[(size_t)row * net->inputs + place] = input_of_level(*q, loss_of(net)->levels);
    }
}

/* Draws at most as many images as the net's batch holds. */
static void draw_batch(network *net, sample_request w, unsigned char *levels)
{
    int classes = classes_of(net);
    set_batch_network(net, is_guided(&w) ? 2 * w.n : w.n);
    memset(net->input, 0, (size_t)net->batch * net->inputs * sizeof(float));
    for (int i = 0; classes && i < w.n; ++i)
        memcpy(net->input + (size_t)i * net->inputs + net->truths, w.labels + (size_t)i * classes,
               classes * sizeof(float));
    for (int p = 0; p < net->truths; ++p) {
        network_predict(net, net->input);
        pull_output(net, net->n - 2);
        draw_position(net, &w, p, levels);
        count_progress(w.n);
    }
}

void sample_naive(network *net, sample_request w, unsigned char *levels)
{
    int batch = net->batch, most = is_guided(&w) ? batch / 2 : batch;
    for (int i = 0; i < w.n; i += most) {
        int n = w.n - i < most ? w.n - i : most;
        draw_batch(net, part_of_request(&w, i, n, classes_of(net)), levels + (size_t)i * net->truths);
    }
    set_batch_network(net, batch);
}
