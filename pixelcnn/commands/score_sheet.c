/* The pictures of `pixelcnn score`: the most and least likely images, and where the nats are. */
#include <limits.h>
#include "base/errors.h"
#include "base/memory.h"
#include "base/ranks.h"
#include "layers/math/levels.h"
#include "layers/pixel_softmax_layer.h"
#include "pixelcnn/commands/score.h"
#include "pixelcnn/data/shares.h"
#include "pixelcnn/pictures/sheet.h"
#include "pixelcnn/watch/chart.h"
#include "pixelcnn/watch/heat_map.h"

enum { MOST_COLUMNS = 16 };

typedef struct {
    double rank;
    int image;
} ranked;

static int by_rank(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    return x->image - y->image;
}

/* The most likely images, then as many least likely ones; each half starts a row. */
static sheet lay_out(const score_options *o, const network *net, int shown)
{
    int columns = shown < MOST_COLUMNS ? shown : MOST_COLUMNS, rows = (shown + columns - 1) / columns;
    if (2. * rows * columns * net->truths > INT_MAX) die("pixelcnn score: -n %d: too many images for one sheet", o->n);
    return sheet_of_net(net, 2 * rows * columns, columns, o->scale);
}

static void paint_levels(const network *net, const dataset *d, int image, unsigned char *to)
{
    int levels = loss_of(net)->levels;
    read_images(d, image, 1, to);
    for (int i = 0; i < net->truths; ++i) to[i] = byte_of_level(level_of_byte(to[i], levels), levels);
}

/* The k-th most and least likely at place k of the halves. */
static void write_extremes(const score_options *o, const image_scores *x, int shown)
{
    sheet s = lay_out(o, x->net, shown);
    size_t values = x->net->truths;
    ranked *order = checked_calloc(x->n, sizeof *order);
    unsigned char *bytes = checked_calloc(s.n, values);
    for (int i = 0; i < x->n; ++i) order[i] = (ranked){rank_of(x, i), i};
    qsort(order, x->n, sizeof *order, by_rank);
    memset(bytes, SHEET_PAPER, s.n * values);
    for (int k = 0; k < shown; ++k) {
        paint_levels(x->net, x->d, order[k].image, bytes + k * values);
        paint_levels(x->net, x->d, order[x->n - 1 - k].image, bytes + (s.n / 2 + k) * values);
    }
    write_byte_sheet(o->sheet, s, bytes);
    free(order);
    free(bytes);
}

static heat_request heat_of(const score_options *o, int n)
{
    return (heat_request){.n = o->n < n ? o->n : n, .scale = o->scale};
}

void check_score_pictures(const score_options *o, const network *net, int n)
{
    if (o->sheet) check_sheet(o->sheet, lay_out(o, net, o->n < n ? o->n : n));
    if (o->heat) check_heat_map(o->heat, net, heat_of(o, n));
}

static void write_heat_map(const score_options *o, network *net, const image_scores *s)
{
    heat_request r = heat_of(o, s->n);
    double *nats = checked_calloc((size_t)r.n * net->truths, sizeof *nats);
    (is_marginal(o) ? share_values_unlabelled : share_values)(net, s->d, r.n, nats);
    if (is_first_rank()) {
        picture p = draw_heat_map(net, s->d, r, nats);
        write_picture(o->heat, p);
        free((void *)p.bytes);
        end_charts();
    }
    free(nats);
}

void write_score_pictures(const score_options *o, network *net, const image_scores *s)
{
    if (o->sheet && is_first_rank()) write_extremes(o, s, o->n < s->n ? o->n : s->n);
    if (o->heat) write_heat_map(o, net, s);
}
