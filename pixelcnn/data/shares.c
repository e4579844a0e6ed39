#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/progress.h"
#include "base/ranks.h"
#include "pixelcnn/data/evaluate_values.h"
#include "pixelcnn/data/shares.h"

void count_other_ranks(size_t block, long done)
{
    if (block % rank_count()) count_progress(done);
}

/* `each` figures of an image. */
typedef struct {
    network *net;
    const dataset *d;
    void (*evaluate)(network *net, const dataset *d, int first, int count, double *to);
    size_t each, block;
    long counted; // progress that evaluate counts an image
    double *to;
} sharing;

static void evaluate_block(void *what, index_range items, byte_buffer *to)
{
    const sharing *s = what;
    size_t n = items.end - items.from;
    double *figures = checked_calloc(n * s->each, sizeof *figures);
    s->evaluate(s->net, s->d, (int)items.from, (int)n, figures);
    append_bytes(to, figures, n * s->each * sizeof *figures);
    free(figures);
}

static void take_block(void *what, index_range items, const void *data, size_t bytes)
{
    const sharing *s = what;
    memcpy(s->to + items.from * s->each, data, bytes);
    count_other_ranks(items.from / s->block, s->counted * (long)(items.end - items.from));
}

static void share_passes(sharing s, int count)
{
    s.block = s.net->batch;
    share_work(&(shared_work){count, s.block, evaluate_block, take_block, &s});
}

static void evaluate_each(network *net, const dataset *d, int first, int count, double *to)
{
    evaluate_likelihood(net, d, first, count, to);
}

void share_likelihood(network *net, const dataset *d, int count, double *nll)
{
    share_passes((sharing){.net = net, .d = d, .evaluate = evaluate_each, .each = 1, .counted = 1, .to = nll}, count);
}

static void evaluate_each_unlabelled(network *net, const dataset *d, int first, int count, double *to)
{
    evaluate_unlabelled(net, d, first, count, to);
}

void share_unlabelled(network *net, const dataset *d, int count, double *nll)
{
    share_passes((sharing){net, d, evaluate_each_unlabelled, .each = 1, .counted = d->classes, .to = nll}, count);
}

void share_values(network *net, const dataset *d, int count, double *nats)
{
    share_passes((sharing){.net = net, .d = d, .evaluate = evaluate_values, .each = net->truths, .to = nats}, count);
}

void share_values_unlabelled(network *net, const dataset *d, int count, double *nats)
{
    share_passes((sharing){net, d, evaluate_values_unlabelled, .each = net->truths, .to = nats}, count);
}

/* ---- other figures ---- */

typedef struct {
    image_figure of;
    const void *context;
    double *to;
} figures;

static void find_figures(void *what, index_range items, byte_buffer *to)
{
    const figures *f = what;
    for (size_t i = items.from; i < items.end; ++i) {
        double x = f->of(f->context, (int)i);
        append_bytes(to, &x, sizeof x);
    }
}

static void take_figures(void *what, index_range items, const void *data, size_t bytes)
{
    memcpy(((figures *)what)->to + items.from, data, bytes);
}

void share_figures(int count, int block, image_figure of, const void *context, double *to)
{
    figures f = {of, context, to};
    share_work(&(shared_work){count, block, find_figures, take_figures, &f});
}
